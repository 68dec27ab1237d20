package bus

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/server/bus/bustest"
	"github.com/banter-im/banter/server/chat"
)

func TestHub(t *testing.T) {
	bustest.Run(t, func(t *testing.T) (a, b chat.Bus) {
		hub := NewHub(slog.New(slog.DiscardHandler))
		a, b = hub.Connect(), hub.Connect()
		t.Cleanup(func() {
			assert.NoError(t, a.Close())
			assert.NoError(t, b.Close())
			assert.Empty(t, hub.handlers, "nothing is left behind")
			assert.Empty(t, hub.subscribers)
		})
		return a, b
	})
}

func TestAHandlerHasSoManyPlaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewHub(slog.New(slog.DiscardHandler)).Connect()
		leave := make(chan struct{})
		running := make(chan struct{}, 2*maxHandling)
		_, err := c.Handle("s", func(context.Context, []byte) ([]byte, error) {
			running <- struct{}{}
			<-leave
			return nil, nil
		})
		require.NoError(t, err)
		answers := make(chan error, 2*maxHandling)
		for range maxHandling + 2 {
			go func() {
				_, err := c.Request(context.Background(), "s", nil)
				answers <- err
			}()
		}
		ctx, cancel := context.WithCancel(context.Background())
		synctest.Wait()
		assert.Len(t, running, maxHandling)
		cancel()
		_, err = c.Request(ctx, "s", nil)
		assert.ErrorIs(t, err, context.Canceled, "waiting for a place ends with the context")

		close(leave)
		synctest.Wait()
		assert.Len(t, running, maxHandling+2)
		assert.Len(t, answers, maxHandling+2)
		assert.NoError(t, c.Close())
	})
}

func TestAStuckSubscriberIsBounded(t *testing.T) {
	tests := []struct {
		name string
		size int
		most int
	}{
		{"in messages", 1, maxQueued},
		{"in bytes", 64 << 10, maxQueuedBytes / (64 << 10)},
		{"to one message that is larger than that", maxQueuedBytes + 1, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := NewHub(slog.New(slog.DiscardHandler)).Connect()
				leave := make(chan struct{})
				var calls []string
				_, err := c.Subscribe("s", chat.Receiver{
					Message: func([]byte) { <-leave; calls = append(calls, "message") },
					Lagged:  func() { calls = append(calls, "lagged") },
				})
				require.NoError(t, err)
				body := make([]byte, tt.size)
				require.NoError(t, c.Publish(context.Background(), "s", body))
				synctest.Wait() // this one is stuck in the receiver
				for range 2 * tt.most {
					require.NoError(t, c.Publish(context.Background(), "s", body))
				}
				close(leave)
				synctest.Wait()
				require.Len(t, calls, 1+1+tt.most)
				assert.Equal(t, "lagged", calls[1], "the loss is told at once, and once")
				assert.Equal(t, 1, strings.Count(fmt.Sprint(calls), "lagged"))
				assert.NoError(t, c.Close())
			})
		})
	}
}

func TestAPanicIsLoggedWithoutTheMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		c := NewHub(slog.New(slog.NewTextHandler(&log, nil))).Connect()
		_, err := c.Subscribe("s", chat.Receiver{Message: func([]byte) { panic("broken receiver") }})
		require.NoError(t, err)
		require.NoError(t, c.Publish(context.Background(), "s", []byte("body of a message")))
		synctest.Wait()
		assert.Contains(t, log.String(), "broken receiver")
		assert.Contains(t, log.String(), "subject=s")
		assert.NotContains(t, log.String(), "body of a message")
		assert.NoError(t, c.Close())
	})
}

func BenchmarkPublish(b *testing.B) {
	c := NewHub(slog.New(slog.DiscardHandler)).Connect()
	for i := range 1000 {
		_, err := c.Subscribe(chat.UserSubject(1, fmt.Sprint(i)), chat.Receiver{Message: func([]byte) {}})
		require.NoError(b, err)
	}
	subject, body := chat.UserSubject(1, "1"), []byte("{}")
	b.ReportAllocs()
	for b.Loop() {
		if err := c.Publish(b.Context(), subject, body); err != nil {
			b.Fatal(err)
		}
	}
}
