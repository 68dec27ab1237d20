package chat_test

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
	"github.com/banter-im/banter/server/session"
)

// tries sends a text, and returns what it was refused with.
func (p *player) tries(to, text string) error {
	p.sent++
	return p.s.SendMessages(p.held, []wire.Message{textTo(to, p.name+text, text)})[0].Err
}

func (in *installation) mute(s *chat.Service, user string, c2c time.Time) {
	in.t.Helper()
	require.NoError(in.t, s.MuteUser(in.t.Context(), app, user, &c2c, nil))
	synctest.Wait()
}

func TestAMutedUserCannotSendFromAnyNode(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		a, b := in.node("a", shared, multi), in.node("b", shared, multi)
		ann, annToo, bob := in.player(a, "ann", session.Android), in.player(b, "ann", session.Linux), in.player(b, "bob", session.Linux)
		annToo.sent = 100
		ann.say("bob", "one")
		annToo.say("bob", "two") // both nodes know that ann may
		in.mute(a, "ann", time.Now().Add(time.Minute))
		for _, p := range []*player{ann, annToo} {
			err := p.tries("bob", "three")
			assert.EqualValues(t, 20012, timerr.CodeOf(err))
			assert.Contains(t, timerr.DescOf(err), "muted until")
			assert.Equal(t, timerr.SvrMsgInvalidID, timerr.CodeOf(p.tries("nobody", "x")), "which is asked before")
		}
		bob.say("ann", "and you?")
		time.Sleep(time.Minute)
		ann.say("bob", "it is over")
		in.mute(b, "ann", chat.Forever)
		time.Sleep(2 * time.Minute)
		assert.EqualValues(t, 20012, timerr.CodeOf(ann.tries("bob", "four")))
		in.mute(b, "ann", time.Time{})
		ann.say("bob", "I may again")
		assert.Equal(t, []string{"1 ann: one", "2 ann: two", "4 ann: it is over", "5 ann: I may again"}, bob.heard())
		assert.Empty(t, told[any](ann, "muted"), "no device is told")
	})
}

func TestAMutedUserCannotModify(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		s := in.node("a")
		ann, bob := in.player(s, "ann", session.Linux), in.player(s, "bob", session.Linux)
		pos := ann.say("bob", "one").Pos
		rewrites := func(p *player, with, text string) error {
			_, err := s.Modify(p.held, wire.Modification{ConvType: 1, ConvID: with, Pos: pos, Elements: textTo(with, "", text).Elements})
			return err
		}
		in.mute(s, "ann", chat.Forever)
		assert.EqualValues(t, 20012, timerr.CodeOf(rewrites(ann, "bob", "two")))
		assert.Equal(t, []string{"1 ann: one"}, bob.history("ann"), "nothing has changed")
		require.NoError(t, rewrites(bob, "ann", "three"), "others may")
		assert.Equal(t, []string{"1 ann: three"}, ann.history("bob"))
	})
}

func TestAMuteThatTheBusLostTakesSeconds(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		var away atomic.Bool
		away.Store(true)
		back := make(chan struct{})
		a := in.node("a", shared, multi, func(_ *chat.Config, _ *chat.Store, conn *chat.Bus) { *conn = mutedBus{*conn, &away, back} })
		b := in.node("b", shared, multi)
		ann := in.player(b, "ann", session.Linux)
		in.player(b, "bob", session.Linux)
		ann.say("bob", "one")
		in.mute(a, "ann", chat.Forever)
		time.Sleep(20 * time.Second)
		assert.EqualValues(t, 20012, timerr.CodeOf(ann.tries("bob", "two")))
	})
}

func TestMutesOfOneKindLeaveTheOther(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		s := in.node("a")
		in.player(s, "ann", session.Linux)
		until := time.Now().Add(time.Hour).UTC()
		in.mute(s, "ann", until)
		require.NoError(t, s.MuteUser(t.Context(), app, "ann", nil, &chat.Forever))
		mute, err := s.MuteOf(t.Context(), app, "ann")
		require.NoError(t, err)
		assert.True(t, until.Equal(mute.C2C))
		assert.Equal(t, chat.Forever, mute.Group)
		_, err = s.MuteOf(t.Context(), app, "nobody")
		assert.ErrorIs(t, err, chat.ErrNoAccount)
		assert.ErrorIs(t, s.MuteUser(t.Context(), app, "nobody", &until, nil), chat.ErrNoAccount)
	})
}
