package bustest

import (
	"encoding/binary"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/server/chat"
)

var publishTests = []test{
	{"what is published reaches every subscriber at either end", func(t *testing.T, a, b chat.Bus) {
		var inboxes []<-chan string
		for _, end := range []chat.Bus{a, a, b} {
			inboxes = append(inboxes, subscribe(t, end, subject))
		}
		other := subscribe(t, a, chat.UserSubject(1, "other"))
		require.NoError(t, b.Publish(t.Context(), subject, []byte("hello")))
		require.NoError(t, a.Publish(t.Context(), chat.UserSubject(1, "other"), []byte("you")))
		for _, inbox := range inboxes {
			assert.Equal(t, "hello", receive(t, inbox))
		}
		assert.Equal(t, "you", receive(t, other))
	}},
	{"publishing to nobody is no error", func(t *testing.T, a, b chat.Bus) {
		assert.NoError(t, a.Publish(t.Context(), subject, []byte("hello")))
	}},
	{"each publisher's messages come in its order, one at a time", testOrder},
	{"a subscriber that is stuck holds nobody up, and is told that it lost messages", testLagged},
	{"a receiver that panics gets the next message", func(t *testing.T, a, b chat.Bus) {
		inbox := make(chan string, 1)
		receiving(t, a, chat.Receiver{Message: func(body []byte) {
			inbox <- string(body[:1])
		}})
		require.NoError(t, b.Publish(t.Context(), subject, nil))
		require.NoError(t, b.Publish(t.Context(), subject, []byte("x")))
		assert.Equal(t, "x", receive(t, inbox))
	}},
}

func receiving(t *testing.T, on chat.Bus, receiver chat.Receiver) chat.Subscription {
	t.Helper()
	s, err := on.Subscribe(subject, receiver)
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return s
}

func subscribe(t *testing.T, on chat.Bus, subject string) <-chan string {
	t.Helper()
	inbox := make(chan string, 16)
	s, err := on.Subscribe(subject, chat.Receiver{Message: func(body []byte) { inbox <- string(body) }})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return inbox
}

func testOrder(t *testing.T, a, b chat.Bus) {
	const publishers, each = 4, 200 // in all fewer than any bus drops
	var inside sync.Mutex
	next := make([]uint32, publishers)
	done := make(chan struct{})
	left := publishers * each
	receiving(t, a, chat.Receiver{Message: func(body []byte) {
		if !assert.True(t, inside.TryLock(), "two at a time") {
			return
		}
		defer inside.Unlock()
		who, what := body[0], binary.BigEndian.Uint32(body[1:])
		assert.Equal(t, next[who], what)
		next[who] = what + 1
		if left--; left == 0 {
			close(done)
		}
	}})
	var all sync.WaitGroup
	for who := range publishers {
		all.Go(func() {
			for what := range each {
				body := binary.BigEndian.AppendUint32([]byte{byte(who)}, uint32(what))
				assert.NoError(t, b.Publish(t.Context(), subject, body))
			}
		})
	}
	all.Wait()
	receive(t, done)
}

func testLagged(t *testing.T, a, b chat.Bus) {
	const n = 4000 // of 64 KB each: 250 MB, more than any bus keeps
	var got atomic.Int32
	stuck, lagged, end := make(chan struct{}), make(chan struct{}), make(chan struct{})
	tellLagged, tellEnd := sync.OnceFunc(func() { close(lagged) }), sync.OnceFunc(func() { close(end) })
	leave := make(chan struct{})
	receiving(t, a, chat.Receiver{
		Message: func(body []byte) {
			if got.Add(1) == 1 {
				close(stuck)
				<-leave
			}
			if len(body) == 0 {
				tellEnd()
			}
		},
		Lagged: tellLagged,
	})
	big := make([]byte, 64<<10)
	require.NoError(t, b.Publish(t.Context(), subject, big))
	receive(t, stuck)
	for range n {
		require.NoError(t, b.Publish(t.Context(), subject, big))
	}
	close(leave)
	receive(t, lagged)

	healthy := subscribe(t, b, subject)
	for { // until there is room again
		require.NoError(t, a.Publish(t.Context(), subject, nil))
		assert.Empty(t, receive(t, healthy))
		select {
		case <-end:
			assert.Less(t, got.Load(), int32(n))
			return
		default:
		}
	}
}
