package bustest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/server/chat"
)

var requestTests = []test{
	{"a request reaches its handler from either end, and the reply comes back", func(t *testing.T, a, b chat.Bus) {
		handle(t, a, chat.NodeSubject("n1"), echo)
		for _, end := range []chat.Bus{a, b} {
			reply, err := end.Request(t.Context(), chat.NodeSubject("n1"), []byte("hello"))
			require.NoError(t, err)
			assert.Equal(t, "echo of hello", string(reply))
		}
	}},
	{"subjects that look alike are apart", testSubjectsApart},
	{"a handler's error comes back as text", func(t *testing.T, a, b chat.Bus) {
		handle(t, a, subject, func(context.Context, []byte) ([]byte, error) {
			return []byte("ignored"), errors.New("no such link")
		})
		reply, err := b.Request(t.Context(), subject, nil)
		assert.EqualError(t, err, "no such link")
		assert.Empty(t, reply)
	}},
	{"a handler that panics answers with an error, and goes on", func(t *testing.T, a, b chat.Bus) {
		handle(t, a, subject, func(_ context.Context, body []byte) ([]byte, error) {
			return body[:1], nil
		})
		_, err := b.Request(t.Context(), subject, nil)
		assert.Error(t, err)
		reply, err := b.Request(t.Context(), subject, []byte("x"))
		require.NoError(t, err)
		assert.Equal(t, "x", string(reply))
	}},
	{"a request that nobody handles is told so", func(t *testing.T, a, b chat.Bus) {
		_, err := b.Request(t.Context(), subject, nil)
		assert.ErrorIs(t, err, chat.ErrNoHandler)
	}},
	{"a subject has one handler", func(t *testing.T, a, _ chat.Bus) {
		first, err := a.Handle(subject, echo)
		require.NoError(t, err)
		_, err = a.Handle(subject, echo)
		require.Error(t, err)
		first.Close()
		handle(t, a, subject, echo)
	}},
	{"a request ends with its context, though the handler does not return", testRequestDeadline},
	{"requests are handled side by side", testRequestsAtOnce},
}

func echo(_ context.Context, body []byte) ([]byte, error) {
	return append([]byte("echo of "), body...), nil
}

func handle(t *testing.T, on chat.Bus, subject string, handler chat.Handler) {
	t.Helper()
	s, err := on.Handle(subject, handler)
	require.NoError(t, err)
	t.Cleanup(s.Close)
}

func testSubjectsApart(t *testing.T, a, b chat.Bus) {
	users := []string{">", "*", "a", "A", "a.b", "a b", " ", "a.b.c"}
	for _, user := range users {
		handle(t, a, chat.UserSubject(1, user), func(context.Context, []byte) ([]byte, error) {
			return []byte(user), nil
		})
	}
	for _, user := range users {
		reply, err := b.Request(t.Context(), chat.UserSubject(1, user), nil)
		require.NoError(t, err)
		assert.Equal(t, user, string(reply))
	}
}

func testRequestDeadline(t *testing.T, a, b chat.Bus) {
	leave := make(chan struct{})
	defer close(leave)
	entered := make(chan struct{})
	handle(t, a, subject, func(context.Context, []byte) ([]byte, error) {
		close(entered)
		<-leave
		return nil, nil
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-entered
		cancel()
	}()
	_, err := b.Request(ctx, subject, nil)
	assert.ErrorIs(t, err, context.Canceled)
}

func testRequestsAtOnce(t *testing.T, a, b chat.Bus) {
	const n = 10
	var together sync.WaitGroup // of the handlers: each waits for all
	together.Add(n)
	handle(t, a, subject, func(_ context.Context, body []byte) ([]byte, error) {
		together.Done()
		together.Wait()
		return body, nil
	})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			reply, err := b.Request(t.Context(), subject, fmt.Append(nil, i))
			assert.NoError(t, err)
			assert.Equal(t, fmt.Sprint(i), string(reply))
		})
	}
	all.Wait()
}
