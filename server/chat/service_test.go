package chat_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/usersig"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/bus"
	"github.com/banter-im/banter/server/chat"
	"github.com/banter-im/banter/server/session"
	"github.com/banter-im/banter/server/sqlstore"
)

const app = 1400000001

var key = []byte("key")

// installation is nodes on one store and one bus, in a bubble of its own time.
type installation struct {
	t     *testing.T
	store chat.Store
	hub   *bus.Hub
	meter chat.Meter // of the nodes from now on
}

func inBubble(t *testing.T, test func(t *testing.T, in *installation)) {
	synctest.Test(t, func(t *testing.T) {
		log := slog.New(slog.DiscardHandler)
		store, err := sqlstore.OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "banter.db"), log)
		require.NoError(t, err)
		t.Cleanup(func() { store.Close() })
		test(t, &installation{t, store, bus.NewHub(log), noMeter{}})
	})
}

type nodeOption func(cfg *chat.Config, store *chat.Store, b *chat.Bus)

func (in *installation) node(name string, options ...nodeOption) *chat.Service {
	in.t.Helper()
	cfg := chat.Config{Node: name, Apps: []chat.App{{ID: app, Key: key}}}
	store, conn := in.store, chat.Bus(in.hub.Connect())
	for _, option := range options {
		option(&cfg, &store, &conn)
	}
	s, err := chat.New(in.t.Context(), cfg, store, conn, in.meter, slog.New(slog.DiscardHandler))
	require.NoError(in.t, err)
	in.t.Cleanup(func() {
		s.Close()
		conn.Close()
	})
	return s
}

type noMeter struct{}

func (noMeter) Login(string, timerr.Code) {}
func (noMeter) Kick(string)               {}
func (noMeter) Pushed(string)             {}
func (noMeter) StoreFailed()              {}

// link is a link that remembers what it was told.
type link struct {
	mu     sync.Mutex
	kicks  []wire.Kicked
	closes []string
	events []chat.Notice
}

func (l *link) Tell(notice *chat.Notice) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, *notice)
}

func (l *link) Kick(notice wire.Kicked) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kicks = append(l.kicks, notice)
}

func (l *link) Close(why wire.Closing) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closes = append(l.closes, why.Reason)
}

func (l *link) notices() []wire.Kicked {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.kicks
}

func (l *link) kicked() bool { return len(l.notices()) > 0 }

func (l *link) closings() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closes
}

func (l *link) peer(platform session.Platform, instance string) chat.Peer {
	return chat.Peer{App: app, Platform: platform, Instance: instance, Address: netip.MustParseAddr("192.0.2.1"), Link: l}
}

func login(user string) wire.Login {
	return wire.Login{UserID: user, UserSig: usersig.Sign(app, key, user, time.Now(), time.Hour, nil)}
}

func resume(user string, s wire.Session) wire.Resume {
	return wire.Resume{UserID: user, UserSig: login(user).UserSig, SessionID: s.SessionID, Number: s.Number}
}

func (in *installation) login(s *chat.Service, user string) (*link, *chat.Attachment, wire.Session) {
	in.t.Helper()
	l := &link{}
	a, answer, err := s.Login(l.peer(session.Linux, ""), login(user))
	require.NoError(in.t, err)
	return l, a, answer
}

func TestALoginKicksOnAnotherNode(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		a, b := in.node("a"), in.node("b")
		first, _, _ := in.login(a, "ann")
		second := &link{}
		_, _, err := b.Login(second.peer(session.IPad, "tablet"), login("ann"))
		require.NoError(t, err)
		synctest.Wait()
		notices := first.notices()
		require.Len(t, notices, 1)
		assert.Equal(t, wire.Kicked{Reason: wire.KickOtherDevice, Platform: "ipad", Instance: "tablet", Time: time.Now().Unix()}, notices[0])
		assert.False(t, second.kicked())
	})
}

// deafBus loses every request.
type deafBus struct{ chat.Bus }

func (deafBus) Request(context.Context, string, []byte) ([]byte, error) {
	return nil, chat.ErrNoHandler
}

func TestAKickThatTheBusLostTakesSeconds(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		a := in.node("a")
		b := in.node("b", func(_ *chat.Config, _ *chat.Store, conn *chat.Bus) { *conn = deafBus{*conn} })
		first, _, _ := in.login(a, "ann")
		in.login(b, "ann")
		synctest.Wait()
		require.False(t, first.kicked())
		time.Sleep(5 * time.Second)
		synctest.Wait()
		assert.True(t, first.kicked())
	})
}

func TestAResumeSupersedesTheOldLinkAnywhere(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		a, b := in.node("a"), in.node("b")
		old, oldHeld, s := in.login(a, "ann")
		for _, next := range []*chat.Service{a, b} {
			l := &link{}
			held, answer, err := next.Resume(l.peer(session.Linux, ""), resume("ann", s))
			require.NoError(t, err)
			synctest.Wait()
			assert.Equal(t, []string{wire.CloseSuperseded}, old.closings())
			assert.False(t, old.kicked())
			a.LinkClosed(oldHeld, false) // late, and of an old number: it hurts nobody
			assert.Empty(t, l.closings())
			old, oldHeld, s = l, held, answer
		}
	})
}

func TestAKickedSessionIsForgottenWhenItsDeviceKnows(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		s := in.node("a")
		for _, told := range []bool{true, false} {
			first, held, session := in.login(s, "ann")
			in.login(s, "ann")
			require.True(t, first.kicked())
			s.LinkClosed(held, told)

			_, _, err := s.Resume((&link{}).peer("linux", ""), resume("ann", session))
			var kicked *chat.KickedError
			if told {
				assert.ErrorIs(t, err, timerr.New(timerr.SDKNotLoggedIn))
				continue
			}
			require.ErrorAs(t, err, &kicked)
			assert.Equal(t, timerr.LoginKickedOffByOther, timerr.CodeOf(err))
			s.LinkClosed(kicked.Attachment, true)
			_, _, err = s.Resume((&link{}).peer("linux", ""), resume("ann", session))
			assert.ErrorIs(t, err, timerr.New(timerr.SDKNotLoggedIn), "once is enough")
		}
	})
}

func TestNodesAgreeOnWhoStays(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		nodes := []*chat.Service{in.node("a"), in.node("b")}
		links := make([]*link, 20)
		numbers := make([]int64, len(links))
		var all sync.WaitGroup
		for i := range links {
			links[i] = &link{}
			all.Go(func() {
				_, answer, err := nodes[i%2].Login(links[i].peer(session.Linux, fmt.Sprint(i)), login("ann"))
				assert.NoError(t, err)
				numbers[i] = answer.Number
			})
		}
		all.Wait()
		synctest.Wait()
		for i, l := range links {
			assert.Equal(t, numbers[i] != int64(len(links)), l.kicked(), "the highest number stays, %d goes", numbers[i])
		}
		assert.Equal(t, 1, nodes[0].Online()+nodes[1].Online()-kickedOf(links))
	})
}

// kickedOf counts links that are kicked and have not ended, which a node still holds.
func kickedOf(links []*link) (n int) {
	for _, l := range links {
		if l.kicked() {
			n++
		}
	}
	return n
}

func TestKickAccount(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		a, b := in.node("a"), in.node("b")
		time.Sleep(300 * time.Millisecond) // somewhere in a second
		old := login("ann")
		l, _, _ := in.login(a, "ann")
		require.NoError(t, b.KickAccount(t.Context(), app, "ann", wire.KickAdmin))
		assert.Zero(t, time.Now().Nanosecond(), "it returns when the next second has begun")
		notices := l.notices()
		require.Len(t, notices, 1)
		assert.Equal(t, wire.KickAdmin, notices[0].Reason)
		assert.Empty(t, notices[0].Platform)

		_, _, err := a.Login((&link{}).peer("linux", ""), old)
		assert.ErrorIs(t, err, timerr.New(timerr.SvrAccountInvalidUserSig))
		assert.Contains(t, timerr.DescOf(err), "issued until 2000-01-01 00:00:00 UTC are void, this one was issued at 2000-01-01 00:00:00 UTC")
		in.login(a, "ann") // with a new ticket

		assert.ErrorIs(t, b.KickAccount(t.Context(), app, "nobody", wire.KickAdmin), chat.ErrNoAccount)
	})
}

func TestARestartLosesTheSessionsOfItsNode(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		a, b := in.node("a"), in.node("b")
		_, _, ann := in.login(a, "ann")
		_, _, bob := in.login(b, "bob")
		a.Close()
		again := in.node("a", func(cfg *chat.Config, _ *chat.Store, conn *chat.Bus) {
			*conn = bus.NewHub(slog.New(slog.DiscardHandler)).Connect()
		})
		live, err := in.store.LiveOf(t.Context(), "a")
		require.NoError(t, err)
		assert.Empty(t, live)
		live, err = in.store.LiveOf(t.Context(), "b")
		require.NoError(t, err)
		assert.Len(t, live, 1, "bob's %d", bob.Number)
		_, _, err = again.Resume((&link{}).peer("linux", ""), resume("ann", ann))
		assert.NoError(t, err)
	})
}

// brokenStore opens sessions, and loses the answer.
type brokenStore struct {
	chat.Store
	err error
}

func (s brokenStore) OpenSession(ctx context.Context, o chat.Opening) (chat.Opened, error) {
	if _, err := s.Store.OpenSession(ctx, o); err != nil {
		return chat.Opened{}, err
	}
	return chat.Opened{}, s.err
}

func TestALoginWhoseAnswerIsLostLeavesNoSession(t *testing.T) {
	for err, code := range map[error]timerr.Code{
		context.DeadlineExceeded:   timerr.SvrAccountInternalTimeout,
		errors.New("disk/full.db"): timerr.SvrAccountInternalError,
	} {
		t.Run(err.Error(), func(t *testing.T) {
			inBubble(t, func(t *testing.T, in *installation) {
				s := in.node("a", func(_ *chat.Config, store *chat.Store, _ *chat.Bus) { *store = brokenStore{*store, err} })
				_, _, got := s.Login((&link{}).peer("linux", ""), login("ann"))
				assert.Equal(t, code, timerr.CodeOf(got))
				assert.Contains(t, timerr.DescOf(got), "try again")
				assert.NotContains(t, timerr.DescOf(got), "disk")
				live, err := in.store.LiveOf(t.Context(), "a")
				require.NoError(t, err)
				require.Len(t, live, 1)

				time.Sleep(5 * time.Second)
				synctest.Wait()
				live, err = in.store.LiveOf(t.Context(), "a")
				require.NoError(t, err)
				assert.Empty(t, live)
			})
		})
	}
}

func TestEndsAreFinal(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		s := in.node("a")
		for name, end := range map[string]func(*chat.Attachment) error{"logout": s.Logout, "expiry": s.Expire} {
			_, held, session := in.login(s, "ann")
			require.NoError(t, end(held), name)
			assert.Zero(t, s.Online(), name)
			require.NoError(t, end(held), "again")
			s.LinkClosed(held, true)
			_, _, err := s.Resume((&link{}).peer("linux", ""), resume("ann", session))
			assert.ErrorIs(t, err, timerr.New(timerr.SDKNotLoggedIn), name)
			_, err = s.Renew(held, login("ann"))
			assert.ErrorIs(t, err, timerr.New(timerr.SDKNotLoggedIn), name)
		}
	})
}

// The other device is on another node, from which no notice has come yet.
func TestARenewalThatAKickOvertakesBringsItsNotice(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		a := in.node("a")
		b := in.node("b", func(_ *chat.Config, _ *chat.Store, conn *chat.Bus) { *conn = deafBus{*conn} })
		phone, held, _ := in.login(a, "ann")
		in.login(b, "ann")
		require.Empty(t, phone.notices())
		_, err := a.Renew(held, login("ann"))
		assert.ErrorIs(t, err, timerr.New(timerr.LoginKickedOffByOther))
		require.Len(t, phone.notices(), 1)
		assert.Equal(t, wire.KickOtherDevice, phone.notices()[0].Reason)
		require.NoError(t, a.Logout(held), "it has ended")
	})
}

func TestATicketThatIsGoodForEverIsTaken(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		s := in.node("a")
		const issued = 1 << 52
		sig := usersig.Sign(app, key, "ann", time.Unix(issued, 0), time.Second, nil)
		_, answer, err := s.Login((&link{}).peer("linux", ""), wire.Login{UserID: "ann", UserSig: sig})
		require.NoError(t, err)
		assert.EqualValues(t, issued+1, answer.ExpiresAt)
	})
}

func TestNewRefusesABadPolicy(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		cfg := chat.Config{Node: "a", Apps: []chat.App{{ID: app, Key: key, Policy: session.Policy{Mode: "quad"}}}}
		_, err := chat.New(t.Context(), cfg, in.store, in.hub.Connect(), noMeter{}, slog.New(slog.DiscardHandler))
		assert.ErrorContains(t, err, `app 1400000001: policy "quad"`)
	})
}
