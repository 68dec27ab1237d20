package bustest

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/server/chat"
)

var closeTests = []test{
	{"after a subscription was closed nothing more comes", testCloseSubscription},
	{"a subscription may be closed from inside, and twice", testCloseFromInside},
	{"a handler that was closed is nobody, and its context ends", testCloseHandler},
	{"an end that was closed refuses, and the other goes on", testCloseBus},
	{"a request ends with its own end of the bus", func(t *testing.T, a, b chat.Bus) {
		leave := make(chan struct{})
		defer close(leave)
		entered := make(chan struct{})
		handle(t, a, subject, func(context.Context, []byte) ([]byte, error) {
			close(entered)
			<-leave
			return nil, nil
		})
		go func() {
			<-entered
			assert.NoError(t, b.Close())
		}()
		_, err := b.Request(t.Context(), subject, nil)
		assert.ErrorIs(t, err, chat.ErrBusClosed)
	}},
}

func testCloseSubscription(t *testing.T, a, b chat.Bus) {
	entered, leave, left := make(chan struct{}), make(chan struct{}), make(chan struct{})
	var got []string
	s := receiving(t, a, chat.Receiver{Message: func(body []byte) {
		got = append(got, string(body))
		if len(got) == 1 {
			close(entered)
			<-leave
			close(left)
		}
	}})
	witness := subscribe(t, a, subject)
	require.NoError(t, b.Publish(t.Context(), subject, []byte("under way")))
	require.NoError(t, b.Publish(t.Context(), subject, []byte("waiting")))
	receive(t, entered)
	assert.Equal(t, "under way", receive(t, witness))
	assert.Equal(t, "waiting", receive(t, witness), "both are at this end")
	s.Close()
	other := subscribe(t, a, subject)
	require.NoError(t, b.Publish(t.Context(), subject, []byte("late")))
	close(leave)
	receive(t, left)
	assert.Equal(t, "late", receive(t, other))
	assert.Equal(t, []string{"under way"}, got)
}

func testCloseFromInside(t *testing.T, a, b chat.Bus) {
	var s chat.Subscription
	var calls atomic.Int32
	ready, closed := make(chan struct{}), make(chan struct{}, 2)
	s = receiving(t, a, chat.Receiver{Message: func([]byte) {
		calls.Add(1)
		<-ready
		s.Close()
		s.Close()
		closed <- struct{}{}
	}})
	close(ready)
	require.NoError(t, b.Publish(t.Context(), subject, []byte("1")))
	receive(t, closed)
	other := subscribe(t, a, subject)
	require.NoError(t, b.Publish(t.Context(), subject, []byte("2")))
	assert.Equal(t, "2", receive(t, other))
	assert.EqualValues(t, 1, calls.Load())
}

func testCloseHandler(t *testing.T, a, b chat.Bus) {
	entered := make(chan struct{})
	s, err := a.Handle(subject, func(ctx context.Context, _ []byte) ([]byte, error) {
		close(entered)
		<-ctx.Done()
		return []byte("ended"), nil
	})
	require.NoError(t, err)
	go func() {
		<-entered
		s.Close()
	}()
	reply, err := b.Request(t.Context(), subject, nil)
	require.NoError(t, err)
	assert.Equal(t, "ended", string(reply))
	_, err = b.Request(t.Context(), subject, nil)
	assert.ErrorIs(t, err, chat.ErrNoHandler)
	s.Close() // again: no harm
}

func testCloseBus(t *testing.T, a, b chat.Bus) {
	_, err := a.Handle(chat.NodeSubject("n1"), echo)
	require.NoError(t, err)
	closed := make(chan string, 1)
	_, err = a.Subscribe(subject, chat.Receiver{Message: func(body []byte) { closed <- string(body) }})
	require.NoError(t, err)
	open := subscribe(t, b, subject)

	require.NoError(t, a.Close())
	require.NoError(t, a.Close())
	_, err = a.Request(t.Context(), subject, nil)
	assert.ErrorIs(t, err, chat.ErrBusClosed)
	assert.ErrorIs(t, a.Publish(t.Context(), subject, nil), chat.ErrBusClosed)
	_, err = a.Handle(subject, echo)
	assert.ErrorIs(t, err, chat.ErrBusClosed)
	_, err = a.Subscribe(subject, chat.Receiver{Message: func([]byte) {}})
	assert.ErrorIs(t, err, chat.ErrBusClosed)

	_, err = b.Request(t.Context(), chat.NodeSubject("n1"), nil)
	assert.ErrorIs(t, err, chat.ErrNoHandler)
	require.NoError(t, b.Publish(t.Context(), subject, []byte("hello")))
	assert.Equal(t, "hello", receive(t, open))
	assert.Empty(t, closed)
}
