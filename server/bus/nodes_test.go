package bus

import (
	"context"
	"net/netip"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/usersig"
	clientwire "github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
	"github.com/banter-im/banter/server/session"
	"github.com/banter-im/banter/server/sqlstore"
)

const app = 1400000001

var key = []byte("key")

func openStore(t *testing.T) chat.Store {
	t.Helper()
	store, err := sqlstore.OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "banter.db"), quiet())
	require.NoError(t, err)
	t.Cleanup(func() { store.Close() })
	return store
}

// startNode starts the domain of a node. Never is a sweep that no test sees.
func startNode(t *testing.T, name string, store chat.Store, on chat.Bus, sweep time.Duration) *chat.Service {
	t.Helper()
	cfg := chat.Config{Node: name, Apps: []chat.App{{ID: app, Key: key}}, SweepEvery: sweep}
	s, err := chat.New(t.Context(), cfg, store, on, noMeter{}, quiet())
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return s
}

const never = time.Hour

type noMeter struct{}

func (noMeter) Login(string, timerr.Code) {}
func (noMeter) Kick(string)               {}
func (noMeter) Pushed(string)             {}
func (noMeter) StoreFailed()              {}

// device is a link that counts its kicks.
type device struct{ kicks atomic.Int32 }

func (d *device) Kick(clientwire.Kicked)   { d.kicks.Add(1) }
func (d *device) Tell(*chat.Notice)        {}
func (d *device) Close(clientwire.Closing) {}

func (d *device) isKicked() bool { return d.kicks.Load() > 0 }

func logIn(t *testing.T, on *chat.Service) *device {
	t.Helper()
	d := &device{}
	peer := chat.Peer{App: app, Platform: session.Linux, Address: netip.MustParseAddr("192.0.2.1"), Link: d}
	sig := usersig.Sign(app, key, "ann", time.Now(), time.Hour, nil)
	_, _, err := on.Login(peer, clientwire.Login{UserID: "ann", UserSig: sig})
	require.NoError(t, err)
	return d
}

func TestALoginKicksOnAnotherNodeAtOnce(t *testing.T) {
	for name, open := range map[string]func(t *testing.T) (a, b *NATS){
		"on one server": func(t *testing.T) (a, b *NATS) {
			s := startServer(t, -1, nil)
			return dial(t, s), dial(t, s)
		},
		"in a cluster of the nodes": func(t *testing.T) (a, b *NATS) {
			ends := form(t, 3)
			return ends[1], ends[2]
		},
	} {
		t.Run(name, func(t *testing.T) {
			store := openStore(t)
			first, second := open(t)
			meetAny(t, first, second)
			a, b := startNode(t, "a", store, first, never), startNode(t, "b", store, second, never)
			phone := logIn(t, a)
			tablet := logIn(t, b)
			eventually(t, phone.isKicked, "the phone was not kicked")
			assert.False(t, tablet.isKicked())
			logIn(t, a)
			eventually(t, tablet.isKicked, "and back: the tablet was not kicked")
		})
	}
}

func meetAny(t *testing.T, ends ...*NATS) {
	t.Helper()
	for _, n := range ends {
		eventually(t, func() bool { return n.Peers() > 0 }, "an end is alone")
	}
}

func TestAKickWhileTheBusIsAwayTakesASweep(t *testing.T) {
	s, store := startServer(t, -1, nil), openStore(t)
	first, second := dial(t, s), dial(t, s)
	a := startNode(t, "a", store, first, 50*time.Millisecond)
	b := startNode(t, "b", store, second, never)
	phone := logIn(t, a)
	stopServer(s)
	eventually(t, func() bool { return !first.Connected() && !second.Connected() }, "the cut was not noticed")
	tablet := logIn(t, b)
	eventually(t, phone.isKicked, "the phone was not kicked")
	assert.False(t, tablet.isKicked())
}

// deaf is a bus whose requests are lost.
type deaf struct{ chat.Bus }

func (deaf) Request(context.Context, string, []byte) ([]byte, error) { return nil, chat.ErrNoHandler }

func TestANodeAsksTheStoreWhenItsBusReturns(t *testing.T) {
	s, store := startServer(t, -1, nil), openStore(t)
	port := portOf(s)
	first, second := dial(t, s), dial(t, s)
	meet(t, first, second)
	a := startNode(t, "a", store, first, never)
	lossy := startNode(t, "lossy", store, deaf{second}, never)
	phone := logIn(t, a)
	stopServer(s)
	eventually(t, func() bool { return !first.Connected() && !second.Connected() }, "the cut was not noticed")
	logIn(t, lossy)
	assert.False(t, phone.isKicked(), "nothing can have told its node")

	restarted := startServer(t, port, nil)
	eventually(t, phone.isKicked, "the phone was not kicked when the bus was back")

	third := dial(t, restarted)
	meet(t, first, second, third)
	c := startNode(t, "c", store, third, never)
	tablet := logIn(t, a)
	logIn(t, c)
	eventually(t, tablet.isKicked, "all is well again: kicks come by the bus")
}
