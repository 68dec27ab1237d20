package webhook

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestNodesShareTheUsers(t *testing.T) {
	inBubble(t, func(s *scene) {
		first := s.start(Config{Node: "a"})
		s.start(Config{Node: "b"})
		s.wait(time.Minute)
		for i := range 40 {
			s.comeAndGo(fmt.Sprint("user ", i))
		}
		s.wait(5 * time.Second)
		assert.Equal(t, 80, s.to.count(), "nothing was sent twice")
		first.Close()
		for i := range 40 {
			s.comeAndGo(fmt.Sprint("user ", i))
		}
		s.wait(30 * time.Second)
		assert.Equal(t, 160, s.to.count(), "the other node has all users now")
		assert.Zero(t, s.left())
	})
}

// cut is an outbox that grants one claim, and then fails until it is mended.
type cut struct {
	Outbox
	claims atomic.Int32
	mended atomic.Bool
}

func (c *cut) Claim(ctx context.Context, app uint64, node string, good time.Duration) (int, error) {
	if c.claims.Add(1) > 1 && !c.mended.Load() {
		return 0, errors.New("the store is away")
	}
	return c.Outbox.Claim(ctx, app, node, good)
}

// A node that is cut from the store begins nothing that might outlast its claim: by then
// its users are another's.
func TestANodeStopsBeforeItsClaimRunsOut(t *testing.T) {
	inBubble(t, func(s *scene) {
		for range 40 {
			s.comeAndGo("ann")
		}
		s.to.refuse = func(string) error {
			time.Sleep(time.Second)
			return nil
		}
		outbox := &cut{Outbox: s.store}
		s.outbox = outbox
		s.start(Config{Node: "a", Claim: 10 * time.Second})
		s.wait(time.Minute)
		assert.Equal(t, 7, s.to.count(), "from second 0 to 6")
		outbox.mended.Store(true)
		s.wait(2 * time.Minute)
		assert.Equal(t, 80, s.to.count())
		assert.Zero(t, s.left())
	})
}

func TestANewURLTakesWhatWaits(t *testing.T) {
	inBubble(t, func(s *scene) {
		s.to.refuse = func(string) error { return errors.New("connection refused") }
		sender := s.start(Config{})
		s.comeAndGo("ann")
		s.wait(time.Minute)
		s.to.set(func(r *receiver) { r.refuse = nil })
		sender.SetApps(nil)
		s.wait(time.Hour)
		assert.Empty(t, s.to.of("ann"), "nobody is there to take it")
		sender.SetApps([]App{{ID: app, URL: "http://new.example/hook"}})
		s.wait(2 * lastRetry)
		assert.Equal(t, []string{"Login", "Logout"}, s.to.of("ann"))
		hosts := s.to.hosts
		assert.Equal(t, "game.example", hosts[0])
		assert.Equal(t, []string{"new.example", "new.example"}, hosts[len(hosts)-2:])
		assert.False(t, slices.Contains(hosts[:len(hosts)-2], "new.example"))
	})
}

func TestAnAppThatHasNotChangedIsNotDisturbed(t *testing.T) {
	inBubble(t, func(s *scene) {
		sender := s.start(Config{})
		s.to.set(func(r *receiver) {
			r.refuse = func(string) error {
				time.Sleep(time.Second)
				return nil
			}
		})
		s.comeAndGo("ann")
		s.wait(500 * time.Millisecond)
		sender.SetApps([]App{{ID: app, URL: "http://game.example/hook"}})
		s.wait(time.Minute)
		assert.Equal(t, 2, s.to.count(), "what was under way was not sent again")
	})
}

func TestWhatWaitsForAnAppWithoutURLIsDroppedInTheEnd(t *testing.T) {
	inBubble(t, func(s *scene) {
		s.comeAndGo("ann", "ann")
		sender := s.start(Config{Keep: time.Hour})
		sender.SetApps(nil)
		s.comeAndGo("ann")
		s.wait(30 * time.Minute)
		assert.NotZero(t, s.left())
		s.wait(time.Hour)
		assert.Zero(t, s.left())
	})
}
