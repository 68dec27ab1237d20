package chat_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
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

const day = 24 * 60 * 60 // seconds

// away logs a device of ann in on a node, cuts it off, and comes back so many seconds later
// with another node, which has seen what is to be given up by now. No node runs in between:
// a week of sweeps would take long.
func (in *installation) away(platform session.Platform, seconds int, options ...nodeOption) (wire.Session, *chat.Service) {
	in.t.Helper()
	before := in.node("before", options...)
	held, mine, err := before.Login((&link{}).peer(platform, "away"), login("ann"))
	require.NoError(in.t, err)
	before.LinkLost(held, false)
	before.Close()
	pass(seconds - 31)
	now := in.node("now", options...)
	pass(31)
	return mine, now
}

func TestADeviceComesBackForAWeek(t *testing.T) {
	tests := []struct {
		name string
		away int // seconds
		code timerr.Code
	}{
		{"before it is given up", 399, timerr.Succ},
		{"after that", 432, timerr.Succ},
		{"within a week", 7*day - 1, timerr.Succ},
		{"and later it has to log in", 7*day + 2, timerr.SDKNotLoggedIn},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, in *installation) {
				mine, s := in.away(session.Linux, tt.away)
				web := &link{}
				_, _, err := s.Login(web.peer(session.Web, "web"), login("ann"))
				require.NoError(t, err)
				_, _, err = s.Resume((&link{}).peer(session.Linux, "away"), resume("ann", mine))
				assert.Equal(t, tt.code, timerr.CodeOf(err))
				assert.False(t, web.kicked())
			})
		})
	}
}

func TestADeviceThatWasGivenUpHearsWhoTookItsPlace(t *testing.T) {
	for _, reconnect := range []bool{true, false} {
		inBubble(t, func(t *testing.T, in *installation) {
			mine, s := in.away(session.Android, day, func(cfg *chat.Config, _ *chat.Store, _ *chat.Bus) {
				cfg.Apps[0].KickedOnReconnect = reconnect
			})
			pc := &link{}
			_, _, err := s.Login(pc.peer(session.Windows, "pc"), login("ann"))
			require.NoError(t, err)
			_, _, err = s.Resume((&link{}).peer(session.Android, "away"), resume("ann", mine))
			var kicked *chat.KickedError
			require.ErrorAs(t, err, &kicked)
			assert.Equal(t, timerr.LoginKickedOffByOther, timerr.CodeOf(err))
			assert.Equal(t, wire.Kicked{Reason: wire.KickOtherDevice, Platform: "windows", Instance: "pc", Time: time.Now().Unix(),
				LoginGoesOn: !reconnect}, kicked.Notice)
			assert.False(t, pc.kicked())
		})
	}
}

func TestAPhoneIsReachableForAWeek(t *testing.T) {
	for _, platform := range session.Platforms {
		for _, seconds := range []int{31, 432, 7*day - 1, 7*day + 2} {
			t.Run(fmt.Sprint(platform, " after ", seconds, " s"), func(t *testing.T) {
				inBubble(t, func(t *testing.T, in *installation) {
					want := chat.UserStatus{Status: chat.Offline, Platforms: map[session.Platform]chat.Status{}}
					if platform.Mobile() && seconds < 7*day {
						want.Status, want.Platforms[platform] = chat.PushOnline, chat.PushOnline
					}
					_, s := in.away(platform, seconds)
					assert.Equal(t, want, statusOf(t, s, "ann"))
				})
			})
		}
	}
}

func statusOf(t *testing.T, s *chat.Service, user string) chat.UserStatus {
	t.Helper()
	all, err := s.StatusOf(t.Context(), app, []string{user})
	require.NoError(t, err)
	return all[user]
}

// annDevice is one of ann's in a random history, and what the model expects of it.
type annDevice struct {
	session.Live
	node   *chat.Service
	link   *link
	held   *chat.Attachment
	mine   wire.Session
	kicked bool // while it was away
}

// history is what ann's devices do on two nodes, beside a model of who is open.
type history struct {
	*installation
	random *rand.Rand
	policy session.Policy
	nodes  []*chat.Service
	open   []*annDevice // in and away
	kicked []*annDevice // while away, and not told yet
}

// live is what the policy is asked with.
func (h *history) live() (all []session.Live) {
	for _, d := range h.open {
		all = append(all, d.Live)
	}
	return all
}

// expect takes the victims of a newcomer out of the model.
func (h *history) expect(newcomer *annDevice, victims []session.Live) {
	synctest.Wait()
	var stay []*annDevice
	for _, d := range h.open {
		victim := slices.ContainsFunc(victims, func(v session.Live) bool { return v.ID == d.ID })
		assert.Equal(h.t, victim && !d.Lost, d.link.kicked(), "%s beside %s", d.Platform, newcomer.Platform)
		switch ownBefore := d.Instance == newcomer.Instance && d.Platform == newcomer.Platform; {
		case !victim:
			stay = append(stay, d)
		case !d.Lost:
			d.node.LinkClosed(d.held, true)
		case !ownBefore:
			d.kicked = true
			h.kicked = append(h.kicked, d)
		}
	}
	h.open = append(stay, newcomer)
}

func (h *history) logIn(n int) {
	platform := session.Platforms[h.random.IntN(len(session.Platforms))]
	d := &annDevice{Live: session.Live{ID: fmt.Sprint(n), Platform: platform, Instance: fmt.Sprint(h.random.IntN(4)), Login: int64(n)},
		node: h.nodes[h.random.IntN(2)], link: &link{}}
	victims := session.Admit(h.policy, h.live(), d.Live)
	var err error
	d.held, d.mine, err = d.node.Login(d.link.peer(d.Platform, d.Instance), login("ann"))
	require.NoError(h.t, err)
	h.expect(d, victims)
}

// comeBack resumes d on either node: it is in again and kicks nobody, or hears of its kick.
func (h *history) comeBack(d *annDevice) {
	d.node, d.link = h.nodes[h.random.IntN(2)], &link{}
	var err error
	held, mine, err := d.node.Resume(d.link.peer(d.Platform, d.Instance), resume("ann", d.mine))
	if d.kicked {
		var told *chat.KickedError
		require.ErrorAs(h.t, err, &told)
		d.node.LinkClosed(told.Attachment, true)
		h.kicked = slices.DeleteFunc(h.kicked, func(k *annDevice) bool { return k == d })
		return
	}
	require.NoError(h.t, err)
	d.held, d.mine, d.Lost, d.Gone = held, mine, false, false
	h.open = slices.DeleteFunc(h.open, func(o *annDevice) bool { return o == d })
	h.expect(d, nil)
}

func (h *history) step(n int) {
	all := append(slices.Clone(h.open), h.kicked...)
	if len(all) == 0 || h.random.IntN(3) == 0 {
		h.logIn(n)
		return
	}
	d := all[h.random.IntN(len(all))]
	switch {
	case h.random.IntN(6) == 0:
		pass(440) // and so nobody who is away is between lost and gone
		for _, o := range h.open {
			o.Gone = o.Lost
		}
	case d.Lost:
		h.comeBack(d)
	case h.random.IntN(4) == 0:
		require.NoError(h.t, d.node.Logout(d.held))
		d.node.LinkClosed(d.held, true)
		h.open = slices.DeleteFunc(h.open, func(o *annDevice) bool { return o == d })
	default:
		d.node.LinkLost(d.held, false)
		d.Lost = true
	}
}

// Whatever devices do, and however long they are away: a login kicks whom the policy says,
// a device that comes back kicks nobody, and one whose place was taken hears so.
func TestAnyHistoryOfDevicesFollowsThePolicy(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	for _, policy := range []session.Policy{
		{Mode: session.Single}, {Mode: session.Dual, Limits: map[session.Platform]int{session.Web: 2}}, {Mode: session.Triple},
		{Mode: session.Multi, Limits: map[session.Platform]int{session.Linux: 3, session.Android: 2}},
	} {
		inBubble(t, func(t *testing.T, in *installation) {
			set := func(cfg *chat.Config, _ *chat.Store, _ *chat.Bus) {
				cfg.Apps[0].Policy, cfg.SweepEvery = policy, time.Minute
			}
			h := &history{installation: in, random: random, policy: policy, nodes: []*chat.Service{in.node("a", set), in.node("b", set)}}
			for n := range 100 {
				h.step(n)
			}
			online := 0
			for _, d := range h.open {
				if !d.Lost {
					online++
				}
			}
			assert.Equal(t, online, h.nodes[0].Online()+h.nodes[1].Online())
		})
	}
}
