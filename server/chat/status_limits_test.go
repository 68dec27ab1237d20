package chat_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/server/chat"
	"github.com/banter-im/banter/server/session"
)

func users(from, to int) (names []string) {
	for i := from; i < to; i++ {
		names = append(names, fmt.Sprintf("user%03d", i))
	}
	return names
}

func TestTheLimitsOfStatusCalls(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		s := in.node("a")
		ann := in.device(s, "ann", session.Linux)
		get := func(users []string) error { _, err := s.UserStatuses(ann.Attachment, users); return err }
		watch := func(users []string) error {
			_, begin, err := s.Watch(ann.Attachment, users)
			if err == nil {
				begin()
			}
			return err
		}
		unwatch := func(users []string) error { return s.Unwatch(ann.Attachment, users) }
		set := func(users []string) error { return s.SetSelfStatus(ann.Attachment, strings.Join(users, "")) }
		for _, tt := range []struct {
			name string
			call func([]string) error
			with []string
			code timerr.Code
			desc string
		}{
			{"statuses of 500", get, users(0, 500), 0, ""},
			{"of 501", get, users(0, 501), 70402, "TIMGetUserStatus: json_identifier_array has 501 users, at most 500 are allowed"},
			{"of nobody", get, nil, 70402, "TIMGetUserStatus: json_identifier_array is empty"},
			{"of a user without a name", get, []string{"bob", ""}, 7003, "TIMGetUserStatus: json_identifier_array[1]: "},
			{"watching 100", watch, users(0, 100), 0, ""},
			{"101", watch, users(0, 101), 70402, "TIMSubscribeUserStatus: json_identifier_array has 101 users, at most 100 are allowed"},
			{"nobody", watch, nil, 70402, "is empty"},
			{"a user whose name is too long", watch, []string{strings.Repeat("b", 33)}, 7003, "[0]"},
			{"a name in another script", watch, []string{"böb"}, 7003, "[0]"},
			{"leaving 100", unwatch, users(0, 100), 0, ""},
			{"leaving 101", unwatch, users(0, 101), 70402, "TIMUnsubscribeUserStatus: json_identifier_array has 101"},
			{"a custom status of 512 bytes", set, []string{strings.Repeat("é", 256)}, 0, ""},
			{"of 513", set, []string{strings.Repeat("é", 256), "e"}, 70402, "TIMSetSelfStatus: user_status_custom_status has 513 bytes, at most 512 are allowed"},
			{"with a NUL", set, []string{"a\x00b"}, 70402, "TIMSetSelfStatus: user_status_custom_status holds a NUL"},
		} {
			err := tt.call(tt.with)
			assert.Equal(t, tt.code, timerr.CodeOf(err), tt.name)
			assert.Contains(t, timerr.DescOf(err), tt.desc, tt.name)
		}
	})
}

func TestStatusCallsHaveAPace(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		s := in.node("a")
		ann, bob := in.device(s, "ann", session.Linux), in.device(s, "bob", session.Linux)
		bobs := []string{"bob"}
		for name, call := range map[string]func() error{
			"get":     func() error { _, err := s.UserStatuses(ann.Attachment, bobs); return err },
			"watch":   func() error { _, _, err := s.Watch(ann.Attachment, bobs); return err },
			"unwatch": func() error { return s.Unwatch(ann.Attachment, bobs) },
		} {
			time.Sleep(time.Minute)
			start := time.Now()
			for range 20 {
				require.NoError(t, call(), name)
			}
			took := time.Since(start) // a watch waits for a round
			err := call()
			assert.ErrorIs(t, err, timerr.New(timerr.SDKCommAPICallFrequencyLimit), name)
			assert.Contains(t, timerr.DescOf(err), "more than 20 calls in 5 s", name)
			time.Sleep(5*time.Second - took)
			assert.NoError(t, call(), name)
		}
		for range 30 {
			ann.sees("ann")
			ann.says("busy")
		}
		assert.NotEmpty(t, bob.sees("ann"), "a pace is a link's")
	})
}

func TestALinkWatches200(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		s := in.node("a")
		ann := in.device(s, "ann", session.Linux)
		ann.watches(users(0, 100)...)
		ann.watches(users(100, 200)...)
		ann.watches("user000", "new") // so that the oldest is user001
		ann.hears()
		for _, user := range []string{"user000", "user001", "user002", "user199", "new"} {
			in.device(s, user, session.Linux)
		}
		heard := ann.hears()
		for _, user := range []string{"user000", "user002", "user199", "new"} {
			assert.Contains(t, heard, user+` 1 "" [linux]`)
		}
		assert.NotContains(t, heard, "user001")

		ann.watches("new2", "user002") // which goes, and comes back
		require.NoError(t, s.Unwatch(ann.Attachment, []string{"new", "nobody"}))
		in.device(s, "user002", session.Windows).says("here")
		in.device(s, "new", session.Windows).says("here")
		assert.Equal(t, `user002 1 "here" [windows]`, ann.hears())
		require.NoError(t, s.Unwatch(ann.Attachment, nil))
		in.device(s, "user002", session.Windows).says("there")
		ann.says("here")
		assert.Equal(t, `ann 1 "here" [linux]`, ann.hears(), "her own user stays")
	})
}

// countedStore counts who is looked for, and fails while it is away.
type countedStore struct {
	chat.Store
	queries *atomic.Int32
	away    *atomic.Bool
}

func (s countedStore) Presence(ctx context.Context, app uint64, users []string) (map[string]chat.Presence, error) {
	s.queries.Add(1)
	if s.away.Load() {
		return nil, errAway
	}
	return s.Store.Presence(ctx, app, users)
}

func TestAStormOfLoginsIsFewQueries(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		var queries atomic.Int32
		a := in.node("a", func(_ *chat.Config, store *chat.Store, _ *chat.Bus) {
			*store = countedStore{*store, &queries, &atomic.Bool{}}
		})
		b := in.node("b", multi)
		ann := in.device(a, "ann", session.Linux)
		ann.watches("bob")
		ann.hears()
		queries.Store(0)
		start := time.Now()
		var last *device
		for i := range 300 {
			last = in.device(b, "bob", session.Platforms[i%7])
			time.Sleep(time.Millisecond)
		}
		last.says("done")
		heard := ann.hears()
		rounds := int32(time.Since(start)/(50*time.Millisecond)) + 1
		assert.LessOrEqual(t, queries.Load(), rounds)
		assert.Equal(t, 1, strings.Count(heard, `bob 1 ""`), heard)
		assert.Contains(t, heard, `bob 1 "done"`)
	})
}

// muteBus publishes nothing.
type muteBus struct{ chat.Bus }

func (muteBus) Publish(context.Context, string, []byte) error { return nil }

// remoteBus may be away.
type remoteBus struct{ chat.Bus }

func (remoteBus) Returned() <-chan struct{} { return make(chan struct{}) }

// With ten thousand players online, to look all of them up each minute is most of what a server does that has nothing to do.
func TestOnlyABusThatMayBeAwayHasAllLookedUp(t *testing.T) {
	for _, remote := range []bool{true, false} {
		inBubble(t, func(t *testing.T, in *installation) {
			queries := new(atomic.Int32)
			s := in.node("a", func(_ *chat.Config, store *chat.Store, conn *chat.Bus) {
				*store = countedStore{*store, queries, new(atomic.Bool)}
				if remote {
					*conn = remoteBus{*conn}
				}
			})
			in.device(s, "ann", session.Linux)
			time.Sleep(time.Second)
			before := queries.Load()
			time.Sleep(10 * time.Minute)
			if looked := queries.Load() - before; remote {
				assert.EqualValues(t, 10, looked)
			} else {
				assert.Zero(t, looked)
			}
		})
	}
}

func TestWhatTheBusLostIsToldInAMinute(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		a := in.node("a", func(_ *chat.Config, _ *chat.Store, conn *chat.Bus) { *conn = remoteBus{*conn} })
		b := in.node("b", func(_ *chat.Config, _ *chat.Store, conn *chat.Bus) { *conn = muteBus{*conn} })
		ann := in.device(a, "ann", session.Linux)
		ann.watches("bob")
		ann.hears()
		in.device(b, "bob", session.Linux)
		assert.Empty(t, ann.hears())
		time.Sleep(time.Minute)
		assert.Equal(t, `bob 1 "" [linux]`, ann.hears())
	})
}

func TestWatchingWhileTheStoreIsAway(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		away := &atomic.Bool{}
		s := in.node("a", func(_ *chat.Config, store *chat.Store, _ *chat.Bus) {
			*store = countedStore{*store, new(atomic.Int32), away}
		})
		ann := in.device(s, "ann", session.Linux)
		ann.watches("cid")
		ann.hears()
		away.Store(true)
		_, _, err := s.Watch(ann.Attachment, []string{"bob"})
		assert.ErrorIs(t, err, timerr.New(timerr.SvrAccountInternalError))
		_, err = s.UserStatuses(ann.Attachment, []string{"bob"})
		assert.ErrorIs(t, err, timerr.New(timerr.SvrAccountInternalError))
		in.device(s, "bob", session.Linux)
		in.device(s, "cid", session.Linux)
		synctest.Wait()
		away.Store(false)
		time.Sleep(2 * time.Second)
		assert.Equal(t, `cid 1 "" [linux]`, ann.hears(), "told when the store is back, and of nobody else")
	})
}
