package chat_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
	"github.com/banter-im/banter/server/session"
)

// device is a device of a user, on a node.
type device struct {
	*link
	*chat.Attachment
	t       *testing.T
	node    *chat.Service
	user    string
	at      session.Platform
	session wire.Session
}

// device logs one in, and follows its own user's status as the gateway has it do.
func (in *installation) device(s *chat.Service, user string, platform session.Platform) *device {
	in.t.Helper()
	d := &device{link: &link{}, t: in.t, node: s, user: user, at: platform}
	var err error
	d.Attachment, d.session, err = s.Login(d.peer(platform, ""), login(user))
	require.NoError(in.t, err)
	d.follows()
	return d
}

// resumes comes back on a new link, on any node.
func (d *device) resumes(s *chat.Service) {
	d.t.Helper()
	d.link, d.node = &link{}, s
	var err error
	d.Attachment, d.session, err = s.Resume(d.peer(d.at, ""), resume(d.user, d.session))
	require.NoError(d.t, err)
	d.follows()
}

// follows has it told of its own user's status.
func (d *device) follows() {
	if own := d.node.OwnStatus(d.Attachment); own != nil {
		d.Tell(&chat.Notice{Event: wire.EventUserStatus, Body: own})
	}
	d.node.WatchSelf(d.Attachment)
}

func (d *device) loses() { d.node.LinkLost(d.Attachment, false) }

func (d *device) leaves() {
	d.t.Helper()
	require.NoError(d.t, d.node.Logout(d.Attachment))
	d.node.LinkClosed(d.Attachment, true)
}

func (d *device) watches(users ...string) string {
	d.t.Helper()
	statuses, begin, err := d.node.Watch(d.Attachment, users)
	require.NoError(d.t, err)
	begin()
	return words(statuses)
}

func (d *device) sees(users ...string) string {
	d.t.Helper()
	statuses, err := d.node.UserStatuses(d.Attachment, users)
	require.NoError(d.t, err)
	return words(statuses)
}

func (d *device) says(text string) {
	d.t.Helper()
	require.NoError(d.t, d.node.SetSelfStatus(d.Attachment, text))
}

// hears returns what it was told since the last time, when all is told that is to be.
func (d *device) hears() string {
	d.t.Helper()
	time.Sleep(200 * time.Millisecond)
	synctest.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	var all []wire.UserStatus
	for _, event := range d.events {
		assert.Equal(d.t, wire.EventUserStatus, event.Event)
		all = append(all, event.Body.([]wire.UserStatus)...)
	}
	d.events = nil
	return words(all)
}

// words is statuses in short: bob 1 "busy" [linux].
func words(statuses []wire.UserStatus) string {
	var all []string
	for _, s := range statuses {
		all = append(all, fmt.Sprintf("%s %d %q %v", s.User, s.Type, s.Custom, s.Devices))
	}
	return strings.Join(all, ", ")
}

func multi(cfg *chat.Config, _ *chat.Store, _ *chat.Bus) {
	cfg.Apps[0].Policy.Mode = session.Multi
}

func TestWhoWatchesHearsOfChangesOnEveryNode(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		a, b := in.node("a"), in.node("b")
		ann, near := in.device(a, "ann", session.Linux), in.device(b, "cid", session.Web)
		assert.Equal(t, `bob 3 "" [], dan 3 "" []`, ann.watches("bob", "dan"))
		near.watches("bob")
		assert.Equal(t, `ann 1 "" [linux]`, ann.hears(), "her own comes first")
		near.hears()

		bob := in.device(b, "bob", session.IPhone)
		for _, who := range []*device{ann, near} {
			assert.Equal(t, `bob 1 "" [iphone]`, who.hears())
		}
		bob.says("in a match")
		assert.Equal(t, `bob 1 "in a match" [iphone]`, ann.hears())
		assert.Equal(t, `bob 1 "in a match" [iphone], ann 1 "" [linux], eve 3 "" []`, ann.sees("bob", "ann", "eve"))
		bob.says("")
		assert.Equal(t, `bob 1 "" [iphone]`, ann.hears())
		bob.leaves()
		for _, who := range []*device{ann, near} {
			assert.Contains(t, who.hears(), `bob 3 "" []`)
		}
	})
}

func TestWhatIsNoChangeIsNotTold(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		a, b := in.node("a"), in.node("b")
		ann, bob := in.device(a, "ann", session.Linux), in.device(b, "bob", session.Windows)
		bob.says("busy")
		assert.Equal(t, `bob 1 "busy" [windows]`, ann.watches("bob"))
		assert.Empty(t, ann.watches("bob"), "who is watched already is not told of again")
		ann.hears()

		tablet := in.device(a, "bob", session.IPad)
		synctest.Wait()
		require.True(t, bob.kicked())
		bob.loses()
		assert.Empty(t, ann.hears(), "another device took the place of the first")
		assert.Equal(t, `bob 1 "busy" [ipad]`, ann.sees("bob"))

		for _, node := range []*chat.Service{b, a} {
			tablet.loses()
			assert.Empty(t, ann.hears())
			assert.Equal(t, `bob 1 "busy" [ipad]`, ann.sees("bob"), "the same to who asks as to who is told")
			tablet.resumes(node)
		}
		time.Sleep(time.Minute)
		assert.Empty(t, ann.hears(), "a link was mended at once")
		tablet.says("busy")
		assert.Empty(t, ann.hears())
	})
}

func TestWhoDoesNotComeBackIsOffline(t *testing.T) {
	for platform, want := range map[session.Platform]string{session.Android: `bob 2 "" []`, session.Linux: `bob 3 "" []`} {
		inBubble(t, func(t *testing.T, in *installation) {
			a, b := in.node("a"), in.node("b")
			ann, bob := in.device(a, "ann", session.Linux), in.device(b, "bob", platform)
			ann.watches("bob")
			bob.says("busy")
			ann.hears()
			bob.loses()
			time.Sleep(4 * time.Second)
			assert.Empty(t, ann.hears())
			time.Sleep(3 * time.Second)
			assert.Equal(t, want, ann.hears())
			assert.Equal(t, want, ann.sees("bob"))
			bob.resumes(a)
			assert.Equal(t, fmt.Sprintf(`bob 1 "busy" [%s]`, platform), ann.hears(), "a resume takes all up again")
			bob.loses()
			time.Sleep(time.Minute)
			ann.hears()
			in.device(b, "bob", platform)
			assert.Equal(t, fmt.Sprintf(`bob 1 "" [%s]`, platform), ann.hears(), "a login from offline does not")
		})
	}
}

func TestAKickedAccountIsOffline(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		a, b := in.node("a"), in.node("b")
		ann := in.device(a, "ann", session.Linux)
		in.device(a, "bob", session.Android)
		in.device(b, "cid", session.Android)
		ann.watches("bob", "cid")
		ann.hears()
		require.NoError(t, b.KickAccount(t.Context(), app, "bob", wire.KickAdmin))
		assert.Equal(t, `bob 3 "" []`, ann.hears())
		_, err := b.DeleteAccounts(t.Context(), app, []string{"cid"})
		require.NoError(t, err)
		assert.Equal(t, `cid 3 "" []`, ann.hears())
	})
}

func TestOnesOwnDevicesHearWithoutAsking(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		a, b := in.node("a", multi), in.node("b", multi)
		phone := in.device(a, "ann", session.Android)
		assert.Equal(t, `ann 1 "" [android]`, phone.hears())
		phone.says("busy")
		assert.Equal(t, `ann 1 "busy" [android]`, phone.hears())
		pc := in.device(b, "ann", session.Linux)
		assert.Equal(t, `ann 1 "busy" [android linux]`, pc.hears())
		pc.says("free")
		for _, d := range []*device{phone, pc} {
			assert.Equal(t, `ann 1 "free" [android linux]`, d.hears())
		}
		phone.leaves()
		assert.Empty(t, pc.hears())
		_, _, err := pc.node.Watch(pc.Attachment, []string{"bob", "ann"})
		assert.ErrorContains(t, err, "own user")
		assert.ErrorIs(t, err, timerr.New(timerr.SvrAccountInvalidParameters))
	})
}

func TestAnEndedSessionSetsNoStatus(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		s := in.node("a")
		ann := in.device(s, "ann", session.Android)
		in.device(s, "ann", session.Linux)
		assert.ErrorIs(t, s.SetSelfStatus(ann.Attachment, "busy"), timerr.New(timerr.SDKNotLoggedIn))
	})
}

func TestAppsMayHideStatuses(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		s := in.node("a", multi)
		ann, bob := in.device(s, "ann", session.Linux), in.device(s, "bob", session.Linux)
		ann.watches("bob")
		ann.hears()
		apps := []chat.App{{ID: app, Key: key, NoUserStatus: true}}
		require.NoError(t, s.SetApps(apps))
		bob.says("busy")
		assert.Empty(t, ann.hears(), "also of who was watched before")
		off := timerr.New(timerr.SvrAccountUserStatusDisabled)
		_, err := s.UserStatuses(ann.Attachment, []string{"ann", "bob"})
		assert.ErrorIs(t, err, off)
		_, _, err = s.Watch(ann.Attachment, []string{"bob"})
		assert.ErrorIs(t, err, off)
		ann.says("free")
		assert.Equal(t, `ann 1 "free" [linux]`, ann.hears())
		assert.Equal(t, `ann 1 "free" [linux]`, ann.sees("ann"))
		assert.NoError(t, s.Unwatch(ann.Attachment, nil))
	})
}
