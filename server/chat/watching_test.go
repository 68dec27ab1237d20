package chat

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/server/session"
)

func attachment(user string) *Attachment {
	return &Attachment{peer: Peer{App: 7}, ref: Ref{App: 7, User: user}}
}

func TestALinkThatIsGoneLeavesNothing(t *testing.T) {
	var w watching
	w.init()
	ann, bob := attachment("ann"), attachment("bob")
	for _, a := range []*Attachment{ann, bob} {
		w.addSelf(a)
		w.addSelf(a)
	}
	fresh := w.add(ann, []string{"bob", "cid", "bob"})
	assert.Equal(t, []string{"bob", "cid"}, fresh)
	for _, user := range []string{"ann", "bob", "cid"} {
		tell, _ := w.settle(userKey{7, user}, UserStatus{Status: Online}, false)
		assert.Equal(t, user != "cid", len(tell) == 1, "only to who has begun: %s", user)
	}
	w.keep(ann, []string{"bob", "cid"}, fresh)
	w.begin(ann, fresh)
	w.settle(userKey{7, "cid"}, UserStatus{Until: time.Now()}, false)
	assert.Len(t, w.late, 1)
	w.gone(ann)
	w.gone(ann)
	assert.Empty(t, w.late)
	assert.Len(t, w.users, 1, "bob's own link is left")
	w.gone(bob)
	assert.Empty(t, w.users)
	assert.Empty(t, w.links)
	assert.Empty(t, w.dirty)
}

func TestAFloodOfNewsIsOneMessage(t *testing.T) {
	var w watching
	w.init()
	for i := range maxNews {
		w.changed(7, fmt.Sprint(i))
	}
	_, _, news := w.take()
	assert.Len(t, news.Users, maxNews)
	assert.False(t, news.All)
	for i := range maxNews + 1 {
		w.changed(7, fmt.Sprint(i))
	}
	_, _, news = w.take()
	assert.True(t, news.All)
	assert.Empty(t, news.Users)
	_, _, news = w.take()
	assert.False(t, news.All)
}

func TestNewsOfOtherNodes(t *testing.T) {
	ann, bob := userKey{7, "ann"}, userKey{7, "bob"}
	tests := []struct {
		name string
		news statusNews
		want []userKey
	}{
		{"of somebody who is watched", statusNews{Node: "b", Users: []newsOf{{7, "bob"}, {7, "cid"}, {8, "ann"}}}, []userKey{bob}},
		{"of everybody", statusNews{Node: "b", All: true}, []userKey{ann, bob}},
		{"of nobody", statusNews{Node: "b"}, nil},
		{"its own", statusNews{Node: "a", All: true}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &Service{cfg: Config{Node: "a"}, log: slog.New(slog.DiscardHandler)}
			s.watching.init()
			s.watching.addSelf(attachment("ann"))
			s.watching.addSelf(attachment("bob"))
			s.watching.take()
			body, err := json.Marshal(tt.news)
			require.NoError(t, err)
			require.NoError(t, s.takeNews(body))
			dirty, _, _ := s.watching.take()
			assert.ElementsMatch(t, tt.want, dirty)
		})
	}
}

// FuzzStatusNews: no message of the bus panics.
func FuzzStatusNews(f *testing.F) {
	for _, seed := range []string{`{"node":"b","users":[{"app":7,"user":"ann"}]}`, `{"all":true}`, `{"users":null}`, `[]`, ``, `{"users":[{}]}`} {
		f.Add([]byte(seed))
	}
	s := &Service{cfg: Config{Node: "a"}, log: slog.New(slog.DiscardHandler)}
	s.watching.init()
	s.watching.addSelf(attachment("ann"))
	f.Fuzz(func(_ *testing.T, body []byte) { _ = s.takeNews(body) })
}

func TestADeviceThatMayBeBackIsSeenOnline(t *testing.T) {
	now := time.Now()
	ago := func(d time.Duration) Presence {
		return Presence{Lost: []session.Platform{session.Android}, LostAt: map[session.Platform]time.Time{session.Android: now.Add(-d)}}
	}
	tests := []struct {
		name  string
		of    Presence
		want  Status
		until time.Duration // from now; 0: for good
	}{
		{"one that was just lost", ago(0), Online, 5 * time.Second},
		{"one that was lost a while ago", ago(4 * time.Second), Online, time.Second},
		{"one that should be back by now", ago(5 * time.Second), PushOnline, 0},
		{"one that was lost by a node whose clock is ahead", ago(-time.Second), Online, 6 * time.Second},
		{"one whose node has no clock to go by", ago(-time.Hour), PushOnline, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			seen := tt.of.seen(now)
			assert.Equal(t, tt.want, seen.Status)
			if tt.until == 0 {
				assert.Zero(t, seen.Until)
			} else {
				assert.Equal(t, now.Add(tt.until), seen.Until)
			}
			assert.Equal(t, PushOnline, tt.of.status().Status, "to the game's backend it is gone at once")
		})
	}
}
