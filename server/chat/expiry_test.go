package chat_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
	"github.com/banter-im/banter/server/session"
)

func keepsFor(days int) nodeOption {
	return func(cfg *chat.Config, _ *chat.Store, _ *chat.Bus) { cfg.Apps[0].HistoryDays = days }
}

// claims counts who does a task.
type claims struct {
	chat.Store
	node string
	mu   *sync.Mutex
	of   map[string]int
}

func (c claims) ExpireMessages(ctx context.Context, app uint64, before time.Time, limit int) (int, bool, error) {
	c.mu.Lock()
	c.of[c.node]++
	c.mu.Unlock()
	return c.Store.ExpireMessages(ctx, app, before, limit)
}

func TestOldMessagesAreRemovedByOneNodeAtATime(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		counted := claims{mu: &sync.Mutex{}, of: map[string]int{}}
		counting := func(node string) nodeOption {
			return func(_ *chat.Config, store *chat.Store, _ *chat.Bus) {
				one := counted
				one.Store, one.node = *store, node
				*store = one
			}
		}
		a := in.node("a", shared, multi, keepsFor(2), counting("a"))
		b := in.node("b", shared, multi, keepsFor(2), counting("b"))
		ann, bob := in.player(a, "ann", session.Linux), in.player(b, "bob", session.Linux)
		arrived := func(i int, age time.Duration) {
			require.NoError(t, a.ImportFor(t.Context(), app, chat.Import{From: "ann", To: "bob", Counts: true,
				Message: textTo("bob", fmt.Sprint(i), fmt.Sprint("old ", i)), At: time.Now().Add(-age)}))
		}
		for i := range 450 {
			arrived(i, 72*time.Hour-time.Duration(i)*time.Second)
		}
		arrived(450, 47*time.Hour)
		bob.say("ann", "young")
		assert.EqualValues(t, 451, bob.conversations()[0].Unread)
		time.Sleep(5 * time.Minute)
		assert.Equal(t, []string{"451 ann: old 450", "452 bob: young"}, bob.history("ann"))
		page := asks(ann, a.Messages, wire.MessagesRange{ConvType: 1, ConvID: "bob", FromPos: 1, Count: 10})
		assert.EqualValues(t, []uint64{451, 452, 451}, []uint64{page.WholeFrom, page.WholeTo, page.FirstPos}, "there is no hole to ask for")
		c := bob.conversations()[0]
		assert.EqualValues(t, 1, c.Unread)
		assert.Equal(t, "452 bob: young", shows(*c.Last))
		counted.mu.Lock()
		defer counted.mu.Unlock()
		assert.Len(t, counted.of, 1, "whoever has the task keeps it while it is there")
	})
}

func TestMessagesAreKeptForEverUnlessAnAppSaysOtherwise(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		s := in.node("a")
		ann := in.player(s, "ann", session.Linux)
		require.NoError(t, s.ImportFor(t.Context(), app, chat.Import{From: "ann", To: "ann", Message: textTo("ann", "1", "hello"), At: time.Unix(1, 0)}))
		time.Sleep(5 * time.Minute)
		assert.Len(t, ann.history("ann"), 1)
	})
}
