package chat_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
	"github.com/banter-im/banter/server/session"
)

// phones is a Pusher that notes what it is told, and a Meter of that.
type phones struct {
	noMeter
	mu     sync.Mutex
	pushes []chat.Push
	counts map[string]int
	fails  bool
	hold   chan struct{} // nil: it takes no time
}

func (p *phones) Push(_ context.Context, push chat.Push) error {
	if p.hold != nil {
		<-p.hold
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pushes = append(p.pushes, push)
	if p.fails {
		return errors.New("no such device")
	}
	return nil
}

func (p *phones) Pushed(how string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counts[how]++
}

// told returns what was pushed, as "user title: text badge", and forgets it.
func (p *phones) told() (lines []string) {
	synctest.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, one := range p.pushes {
		badge, _ := json.Marshal(one.Badge)
		lines = append(lines, one.User+" "+one.Title+": "+one.Text+" "+string(badge))
	}
	p.pushes = nil
	return lines
}

func pushing(p *phones) nodeOption {
	p.counts = map[string]int{}
	return func(cfg *chat.Config, _ *chat.Store, _ *chat.Bus) { cfg.Pusher = p }
}

// with sends a message of a player's with a push configuration and elements.
func (p *player) with(to, id, config string, elements ...string) {
	p.t.Helper()
	m := textTo(to, id, "")
	if config != "" {
		m.OfflinePushConfig = json.RawMessage(config)
	}
	m.Elements = nil
	for _, e := range elements {
		m.Elements = append(m.Elements, json.RawMessage(e))
	}
	require.NoError(p.t, p.s.SendMessages(p.held, []wire.Message{m})[0].Err)
}

func TestWhoHasNoLinkIsPushedTo(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		p := &phones{}
		in.meter = p
		a, b := in.node("a", shared, multi, pushing(p)), in.node("b", shared, multi)
		ann, bob := in.player(a, "ann", session.Linux), in.player(b, "bob", session.Android)
		ann.say("bob", "one")
		assert.Empty(t, p.told(), "bob has a link, on another node")
		b.LinkClosed(bob.held, false)
		ann.say("bob", "two")
		assert.Equal(t, []string{"bob ann: two 2"}, p.told())
		const face = `{"elem_type":6,"face_elem_index":1}`
		ann.with("bob", "x1", "", `{"elem_type":0,"text_elem_content":"see "}`, face)
		ann.with("bob", "x2", `{"offline_push_config_title":"News","offline_push_config_desc":"Come!"}`, face)
		ann.with("bob", "x3", "", `{"elem_type":3,"custom_elem_data":"secret","custom_elem_desc":"A gift"}`)
		assert.ElementsMatch(t, []string{"bob ann: see [Face] 5", "bob News: Come! 5", "bob ann: A gift 5"}, dated(p.told(), "5"))
		ann.with("bob", "x4", `{"offline_push_config_flag":1}`, face)
		ann.with("bob", "x5", "", `{"elem_type":3,"custom_elem_data":"secret"}`)
		online := textTo("bob", "x6", "now")
		online.OnlineOnly = true
		require.NoError(t, a.SendMessages(ann.held, []wire.Message{online})[0].Err)
		ann.say("ann", "to myself")
		assert.Empty(t, p.told(), "none of these")
		assert.Equal(t, 4, p.counts["pushed"])
	})
}

// dated puts a badge in the place of those that were true at the moment of each push.
func dated(lines []string, badge string) []string {
	for i, line := range lines {
		lines[i] = line[:len(line)-1] + badge
	}
	return lines
}

func TestWhoWantsQuietIsNotPushedTo(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		p := &phones{}
		in.meter = p
		s := in.node("a", pushing(p))
		ann, cid, bob := in.player(s, "ann", session.Linux), in.player(s, "cid", session.Linux), in.player(s, "bob", session.Android)
		asks(bob, s.SetReceiveOption, receiveOption(2, "cid"))
		s.LinkClosed(bob.held, false)
		cid.say("bob", "quiet")
		assert.Empty(t, p.told())
		ann.say("bob", "aloud")
		assert.Equal(t, []string{"bob ann: aloud 1"}, p.told(), "and what is quiet is no part of the badge")
		bob = in.player(s, "bob", session.Android)
		asks(bob, s.SetAllReceive, wire.AllReceiveOption{Level: 2, StartTime: time.Now().Unix(), Duration: 3600})
		s.LinkClosed(bob.held, false)
		ann.say("bob", "at night")
		assert.Empty(t, p.told())
		time.Sleep(time.Hour)
		ann.say("bob", "good morning")
		assert.Equal(t, []string{"bob ann: good morning 3"}, p.told())
	})
}

func TestASlowPusherHoldsUpNoSender(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		p := &phones{fails: true, hold: make(chan struct{})}
		in.meter = p
		s := in.node("a", pushing(p), func(cfg *chat.Config, _ *chat.Store, _ *chat.Bus) { cfg.PushesWaiting = 8 })
		ann, bob := in.player(s, "ann", session.Linux), in.player(s, "bob", session.Android)
		s.LinkClosed(bob.held, false)
		for range 50 {
			ann.say("bob", "x")
			assert.Empty(t, p.told())
		}
		assert.Equal(t, 50-8-4, p.counts["dropped"], "8 wait, and 4 are under way")
		close(p.hold)
		assert.Len(t, p.told(), 12)
		assert.Equal(t, 12, p.counts["failed"])
		assert.Zero(t, p.counts["pushed"])
	})
}
