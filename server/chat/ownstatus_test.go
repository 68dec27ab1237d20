package chat

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/wire"
)

func TestTheOwnStatusComesWithTheAnswer(t *testing.T) {
	online := UserStatus{Status: Online, Custom: "busy"}
	key := userKey{7, "ann"}
	tests := []struct {
		name      string
		before    func(w *watching) // its login
		meanwhile func(w *watching) // the store opens its session
		told      bool              // with the answer
	}{
		{"alone", nothing, nothing, true},
		{"beside another device of its user", func(w *watching) { w.addSelf(attachment("ann")) }, nothing, false},
		{"whom somebody watches", func(w *watching) { w.add(attachment("bob"), []string{"ann"}) }, nothing, false},
		{"while another device of its user comes", func(w *watching) { w.expect(attachment("ann")) }, nothing, false},
		{"while another device of its user comes later", nothing, func(w *watching) {
			other := attachment("ann")
			w.expect(other)
			w.came(other, online)
		}, false},
		{"while something happens to its user", nothing, func(w *watching) { w.changed(7, "ann") }, false},
		{"while another node tells of its user", nothing, func(w *watching) { w.suspect([]userKey{key}) }, false},
		{"while everybody is looked up", nothing, func(w *watching) { w.suspect(nil); w.take() }, false},
		{"while something happens to others", nothing, func(w *watching) { w.changed(7, "bob"); w.changed(8, "ann") }, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var w watching
			w.init()
			a := attachment("ann")
			tt.before(&w)
			w.take()
			w.expect(a)
			tt.meanwhile(&w)
			told := w.came(a, online)
			w.addSelf(a)
			users, _, news := w.take()
			assert.Contains(t, news.Users, newsOf{7, "ann"}, "other nodes are told in any case")
			if tt.told {
				assert.Equal(t, &wire.UserStatus{User: "ann", Type: 1, Custom: "busy", Devices: []string{}}, told)
				assert.Empty(t, users, "nobody looks it up")
				return
			}
			assert.Nil(t, told)
			assert.Equal(t, []userKey{key}, users)
			tell, _ := w.settle(key, online, false)
			assert.Contains(t, tell, a.link)
		})
	}
}

func nothing(*watching) {}

func TestWhatHappensAfterTheAnswer(t *testing.T) {
	key, online := userKey{7, "ann"}, UserStatus{Status: Online}
	t.Run("nothing", func(t *testing.T) {
		w, a := comes(t, online)
		w.addSelf(a)
		tell, _ := w.settle(key, online, false)
		assert.Empty(t, tell, "it was told")
		w.addSelf(a)
		users, _, _ := w.take()
		assert.Empty(t, users, "a fresh ticket changes nothing")
	})
	t.Run("before it is told more", func(t *testing.T) {
		w, a := comes(t, online)
		tell, _ := w.settle(key, UserStatus{Status: Online, Custom: "busy"}, false)
		assert.Empty(t, tell, "the answer comes first")
		w.addSelf(a)
		users, _, _ := w.take()
		assert.Equal(t, []userKey{key}, users)
		tell, status := w.settle(key, UserStatus{Status: Online, Custom: "busy"}, false)
		assert.Equal(t, []Link{a.link}, tell)
		assert.Equal(t, "busy", status.Custom)
	})
	t.Run("a device that was lost before does not come back", func(t *testing.T) {
		until := time.Now().Add(time.Second)
		w, _ := comes(t, UserStatus{Status: Online, Until: until})
		assert.False(t, w.anyLate(until.Add(-time.Millisecond)))
		assert.True(t, w.anyLate(until))
	})
	t.Run("it goes", func(t *testing.T) {
		w, a := comes(t, online)
		w.gone(a)
		assert.Empty(t, w.users)
	})
}

// comes is a link that was told its own user's status with the answer.
func comes(t *testing.T, found UserStatus) (*watching, *Attachment) {
	t.Helper()
	w, a := &watching{}, attachment("ann")
	w.init()
	w.expect(a)
	require.NotNil(t, w.came(a, found))
	w.take()
	return w, a
}
