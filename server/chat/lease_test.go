package chat_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
)

func shared(cfg *chat.Config, _ *chat.Store, _ *chat.Bus) { cfg.Shared = &chat.SharedConfig{} }

// cutStore is the way of one node to the store, which can be cut.
type cutStore struct {
	chat.Store
	away *atomic.Bool
}

var errAway = errors.New("the store is away")

func (s cutStore) OpenSession(ctx context.Context, o chat.Opening) (chat.Opened, error) {
	if s.away.Load() {
		return chat.Opened{}, errAway
	}
	return s.Store.OpenSession(ctx, o)
}

func (s cutStore) RenewLease(ctx context.Context, l chat.Lease) error {
	if s.away.Load() {
		return errAway
	}
	return s.Store.RenewLease(ctx, l)
}

func (s cutStore) TakeLease(ctx context.Context, node, holder string) (int, error) {
	if s.away.Load() {
		return 0, errAway
	}
	return s.Store.TakeLease(ctx, node, holder)
}

func (s cutStore) ReapNodes(ctx context.Context, l chat.Lease) ([]chat.Session, error) {
	if s.away.Load() {
		return nil, errAway
	}
	return s.Store.ReapNodes(ctx, l)
}

// behind makes a node that reaches the store only while away is false.
func behind(away *atomic.Bool) nodeOption {
	return func(cfg *chat.Config, store *chat.Store, conn *chat.Bus) {
		shared(cfg, store, conn)
		*store = cutStore{*store, away}
	}
}

func (in *installation) live(node string) int {
	in.t.Helper()
	live, err := in.store.LiveOf(in.t.Context(), node)
	require.NoError(in.t, err)
	return len(live)
}

func pass(seconds int) {
	time.Sleep(time.Duration(seconds) * time.Second)
	synctest.Wait()
}

func TestANodeThatIsGoneLosesItsSessionsInTime(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		var away atomic.Bool
		a := in.node("a", behind(&away))
		in.node("b", shared)
		l, held, ann := in.login(a, "ann")
		pass(300)
		assert.Equal(t, 1, in.live("a"), "as long as it renews its lease")

		away.Store(true)
		pass(59)
		assert.Equal(t, 1, in.live("a"))
		assert.Empty(t, l.closings())
		pass(21)
		assert.Zero(t, in.live("a"))
		assert.Empty(t, l.closings(), "it cannot know")
		_, _, err := a.Login((&link{}).peer("web", ""), login("ann"))
		assert.Equal(t, timerr.SvrAccountInternalError, timerr.CodeOf(err))
		assert.Contains(t, timerr.DescOf(err), "try again")
		assert.Error(t, a.Ready(t.Context()))

		away.Store(false)
		pass(10)
		assert.Equal(t, []string{wire.CloseMoved}, l.closings())
		assert.False(t, l.kicked())
		a.LinkClosed(held, true)
		assert.NoError(t, a.Ready(t.Context()))
		_, _, err = a.Resume((&link{}).peer("linux", ""), resume("ann", ann))
		assert.NoError(t, err)
		pass(600)
		assert.Equal(t, 1, in.live("a"))
	})
}

func TestAResumeOnAnotherNodeOutlivesTheOldOne(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		var away atomic.Bool
		a, b := in.node("a", behind(&away)), in.node("b", shared)
		_, _, ann := in.login(a, "ann")
		away.Store(true)
		l := &link{}
		_, _, err := b.Resume(l.peer("linux", ""), resume("ann", ann))
		require.NoError(t, err)
		pass(600)
		assert.Zero(t, in.live("a"))
		assert.Equal(t, 1, in.live("b"))
		assert.Empty(t, l.closings())
	})
}

func TestNobodyIsGoneWhenTheStoreWasAway(t *testing.T) {
	for _, seconds := range []int{20, 45, 90, 3600} {
		inBubble(t, func(t *testing.T, in *installation) {
			var away, longer atomic.Bool
			a, b := in.node("a", behind(&away)), in.node("b", behind(&longer))
			ann, _, _ := in.login(a, "ann")
			bob, _, _ := in.login(b, "bob")
			pass(100)
			away.Store(true)
			longer.Store(true)
			pass(seconds)
			_, _, err := a.Login((&link{}).peer("linux", ""), login("cat"))
			assert.Equal(t, timerr.SvrAccountInternalError, timerr.CodeOf(err))
			away.Store(false)
			pass(15) // in which a finds that b has not renewed its lease
			longer.Store(false)
			pass(10)
			in.login(a, "cat")
			pass(300)
			assert.Equal(t, 2, in.live("a"))
			assert.Equal(t, 1, in.live("b"))
			for _, l := range []*link{ann, bob} {
				assert.Empty(t, l.closings())
				assert.False(t, l.kicked())
			}
		})
	}
}

func TestANodeThatStopsInOrderGivesItsLeaseBack(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		a := in.node("a", shared)
		in.login(a, "ann")
		a.Close()
		assert.Zero(t, in.live("a"), "nobody has to wait for it to run out")
	})
}

func TestTheSecondProcessOfANameHasItsPlace(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		first := in.node("a", shared)
		l, _, ann := in.login(first, "ann")
		second := in.node("b", func(cfg *chat.Config, store *chat.Store, conn *chat.Bus) {
			shared(cfg, store, conn)
			cfg.Node = "a"
			*conn = silentBus{*conn}
		})
		pass(10)
		assert.Equal(t, []string{wire.CloseMoved}, l.closings())
		assert.Error(t, first.Ready(t.Context()))
		_, _, err := first.Resume((&link{}).peer("linux", ""), resume("ann", ann))
		assert.Equal(t, timerr.SvrAccountInternalError, timerr.CodeOf(err))
		_, _, err = second.Resume((&link{}).peer("linux", ""), resume("ann", ann))
		require.NoError(t, err)
		pass(300)
		assert.Equal(t, 1, in.live("a"))
	})
}

// silentBus answers nobody, so that two processes can have one name.
type silentBus struct{ chat.Bus }

func (silentBus) Handle(string, chat.Handler) (chat.Subscription, error) {
	return noSubscription{}, nil
}

type noSubscription struct{}

func (noSubscription) Close() {}
