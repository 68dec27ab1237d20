package usersig_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/usersig"
)

// What is remembered of one ticket makes no other one good, nor that one for anybody else.
func TestVerifiedAnswersAsVerify(t *testing.T) {
	const hour = time.Hour
	good := usersig.Sign(app, []byte(key), "alice", at(issued), hour, nil)
	longKey := key + "alice" // whose text with a shorter user's name is that of another pair
	both := func(asked uint64) ([]byte, bool) { return []byte(key), asked == app || asked == app+1 }
	for _, c := range []struct {
		name, token, user string
		app               uint64
		keys              usersig.Keys
		now               time.Time
	}{
		{"good", good, "alice", app, keys, at(issued)},
		{"its last second", good, "alice", app, keys, at(issued + 3600)},
		{"expired", good, "alice", app, keys, at(issued + 3601)},
		{"another user", good, "bob", app, keys, at(issued)},
		{"no user", good, "", app, oneApp(app, longKey), at(issued)},
		{"another app", good, "alice", app + 1, both, at(issued)},
		{"an app that is gone", good, "alice", app + 1, keys, at(issued)},
		{"its app is gone", good, "alice", app, func(uint64) ([]byte, bool) { return []byte(key), false }, at(issued)},
		{"another key", good, "alice", app, oneApp(app, key+"x"), at(issued)},
		{"no key", good, "alice", app, oneApp(app, ""), at(issued)},
		{"altered", good[:len(good)-1], "alice", app, keys, at(issued)},
		{"nothing", "", "alice", app, keys, at(issued)},
		{"with a userbuf", usersig.Sign(app, []byte(key), "alice", at(issued), hour, []byte("calls")), "alice", app, keys, at(issued)},
	} {
		t.Run(c.name, func(t *testing.T) {
			verified := usersig.NewVerified(10)
			_, err := verified.Verify(good, app, "alice", at(issued), keys)
			require.NoError(t, err)
			want, wantErr := usersig.Verify(c.token, c.app, c.user, c.now, c.keys)
			for range 2 {
				ticket, err := verified.Verify(c.token, c.app, c.user, c.now, c.keys)
				assert.Equal(t, want, ticket)
				assert.Equal(t, wantErr, err)
			}
		})
	}
}

func TestVerifiedIsBounded(t *testing.T) {
	verified := usersig.NewVerified(3)
	login := func(user string) {
		token := usersig.Sign(app, []byte(key), user, at(issued), time.Hour, nil)
		_, err := verified.Verify(token, app, user, at(issued), keys)
		require.NoError(t, err)
	}
	for i := range 100 {
		login(fmt.Sprint("user", i))
		login("regular")
		assert.LessOrEqual(t, verified.Remembered(), 6)
	}
	before := verified.Remembered()
	login("regular")
	assert.Equal(t, before, verified.Remembered(), "it is known still")
	_, err := verified.Verify("no ticket", app, "alice", at(issued), keys)
	require.Error(t, err)
	assert.Equal(t, before, verified.Remembered(), "what is refused is not remembered")
}

func TestVerifiedByMany(t *testing.T) {
	verified := usersig.NewVerified(2)
	var running sync.WaitGroup
	for i := range 8 {
		user := fmt.Sprint("user", i%4)
		token := usersig.Sign(app, []byte(key), user, at(issued), time.Hour, nil)
		running.Go(func() {
			for range 100 {
				ticket, err := verified.Verify(token, app, user, at(issued), keys)
				assert.NoError(t, err)
				assert.Equal(t, user, ticket.User)
			}
		})
	}
	running.Wait()
}
