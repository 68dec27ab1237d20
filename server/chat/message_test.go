package chat_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
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

// player is a device that is logged in and listens.
type player struct {
	*link
	t    *testing.T
	s    *chat.Service
	held *chat.Attachment
	sent int
	name string
}

func (in *installation) player(s *chat.Service, user string, platform session.Platform) *player {
	in.t.Helper()
	l := &link{}
	held, _, err := s.Login(l.peer(platform, ""), login(user))
	require.NoError(in.t, err)
	s.Listen(held)
	return &player{link: l, t: in.t, s: s, held: held, name: user}
}

func textTo(to, id, text string) wire.Message {
	content, _ := json.Marshal(text)
	return wire.Message{ConvType: 1, ConvID: to, MsgID: id, Seq: 7, Rand: 9, ClientTime: 1,
		Elements: []json.RawMessage{json.RawMessage(fmt.Sprintf(`{"elem_type":0,"text_elem_content":%s}`, content))}}
}

// say sends a text, and requires that it was kept.
func (p *player) say(to, text string) wire.Sent {
	p.t.Helper()
	p.sent++
	outcome := p.s.SendMessages(p.held, []wire.Message{textTo(to, fmt.Sprintf("%s-%d", p.name, p.sent), text)})[0]
	require.NoError(p.t, outcome.Err)
	return outcome.Sent
}

// told returns the bodies of the events of one kind, and forgets them.
func told[T any](p *player, event string) (bodies []T) {
	p.t.Helper()
	synctest.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.events = slices.DeleteFunc(p.events, func(notice chat.Notice) bool {
		if notice.Event != event {
			return false
		}
		text, err := json.Marshal(notice.Body)
		require.NoError(p.t, err)
		var body T
		require.NoError(p.t, json.Unmarshal(text, &body))
		bodies = append(bodies, body)
		return true
	})
	return bodies
}

func shows(m wire.Message) string {
	return fmt.Sprintf("%d %s: %s", m.Pos, m.Sender, strings.Join(textsOf(m), "+"))
}

func textsOf(m wire.Message) (texts []string) {
	for _, one := range m.Elements {
		var element struct {
			Text string `json:"text_elem_content"`
		}
		json.Unmarshal(one, &element)
		texts = append(texts, element.Text)
	}
	return texts
}

func (p *player) heard() (lines []string) {
	p.t.Helper()
	for _, m := range told[wire.Message](p, wire.EventMessage) {
		lines = append(lines, shows(m))
	}
	return lines
}

// asks requires an answer.
func asks[B, A any](p *player, do func(*chat.Attachment, B) (A, error), body B) A {
	p.t.Helper()
	answer, err := do(p.held, body)
	require.NoError(p.t, err)
	return answer
}

func (p *player) history(with string) (lines []string) {
	p.t.Helper()
	for _, m := range asks(p, p.s.Messages, wire.MessagesRange{ConvType: 1, ConvID: with, Count: 100}).Messages {
		lines = append(lines, shows(m))
	}
	return lines
}

func (p *player) conversations() []wire.Conversation {
	p.t.Helper()
	return asks(p, p.s.Conversations, wire.ConversationsSince{}).Conversations
}

func TestAMessageReachesEveryDeviceOfBothSidesOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		a, b := in.node("a", shared, multi), in.node("b", shared, multi)
		phone, pc := in.player(a, "ann", session.Android), in.player(b, "ann", session.Linux)
		bobs := []*player{in.player(a, "bob", session.Android), in.player(b, "bob", session.Linux)}
		sent := phone.say("bob", "hello")
		assert.Equal(t, wire.Sent{Pos: 1, Seq: 7, ServerTime: time.Now().Unix()}, sent)
		for i, device := range append(bobs, pc) {
			assert.Equal(t, []string{"1 ann: hello"}, device.heard(), "%d", i)
			assert.Equal(t, []string{"1 ann: hello"}, device.history(map[bool]string{true: "bob", false: "ann"}[device == pc]))
		}
		assert.Empty(t, phone.heard(), "the sender has the answer")
	})
}

func TestAMessageHasWhatTheServerKnows(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		s := in.node("a")
		require.NoError(t, in.store.ImportAccounts(t.Context(), app, []chat.NewAccount{{User: "ann", Nick: "Ann"}}, time.Now()))
		ann, bob := in.player(s, "ann", session.IPad), in.player(s, "bob", session.Linux)
		m := textTo("bob", "id", "hello")
		m.Sender, m.Pos, m.ServerTime, m.Version, m.Status, m.CloudCustom = "eve", 9, 9, 9, 6, "kept"
		require.NoError(t, s.SendMessages(ann.held, []wire.Message{m})[0].Err)
		want := textTo("bob", "id", "hello")
		want.Sender, want.Pos, want.ServerTime, want.Status, want.CloudCustom = "ann", 1, time.Now().Unix(), 2, "kept"
		want.Platform, want.SenderProfile = 3, &wire.SenderProfile{User: "ann", Nick: "Ann"}
		assert.Equal(t, []wire.Message{want}, told[wire.Message](bob, wire.EventMessage))
		page := asks(bob, s.Messages, wire.MessagesRange{ConvType: 1, ConvID: "ann", Count: 1})
		assert.Equal(t, wire.MessagesPage{Messages: []wire.Message{want}, WholeFrom: 1, WholeTo: 1, FirstPos: 1, Pos: 1}, page)
	})
}

func TestAResendIsAnsweredLikeTheFirstTime(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		a, b := in.node("a", shared), in.node("b", shared)
		ann, bob := in.player(a, "ann", session.Linux), in.player(b, "bob", session.Linux)
		first := a.SendMessages(ann.held, []wire.Message{textTo("bob", "id", "hello")})
		require.Len(t, bob.heard(), 1)
		time.Sleep(10 * time.Minute)
		again := in.player(b, "ann", session.Linux)
		assert.Equal(t, first, b.SendMessages(again.held, []wire.Message{textTo("bob", "id", "hello")}))
		assert.Empty(t, bob.heard())
		assert.Len(t, told[any](bob, wire.EventSync), 1, "who was not told the first time asks now")
		assert.Equal(t, []string{"1 ann: hello"}, bob.history("ann"))
	})
}

func TestWhatIsRefused(t *testing.T) {
	change := func(do func(m *wire.Message)) wire.Message {
		m := textTo("bob", "id", "hello")
		do(&m)
		return m
	}
	tests := []struct {
		name string
		m    wire.Message
		code timerr.Code
		desc string
	}{
		{"a receiver who does not exist", textTo("nobody", "id", "x"), timerr.SvrMsgInvalidID, `"nobody"`},
		{"a receiver who cannot exist", textTo("ö", "id", "x"), timerr.InvalidParameters, "conv_id"},
		{"a group that does not exist", change(func(m *wire.Message) { m.ConvType = 2 }), timerr.SvrGroupNotFound, `"bob"`},
		{"a conversation of no kind", change(func(m *wire.Message) { m.ConvType = 9 }), timerr.InvalidParameters, "conv_type is 9"},
		{"no id", change(func(m *wire.Message) { m.MsgID = "" }), timerr.InvalidParameters, "message_msg_id"},
		{"a seq that is too high", change(func(m *wire.Message) { m.Seq = 1 << 32 }), timerr.InvalidParameters, "message_seq"},
		{"a random that is too high", change(func(m *wire.Message) { m.Rand = 1 << 32 }), timerr.InvalidParameters, "message_rand"},
		{"a priority of no kind", change(func(m *wire.Message) { m.Priority = 4 }), timerr.InvalidParameters, "message_priority"},
		{"no element", change(func(m *wire.Message) { m.Elements = nil }), timerr.InvalidParameters, "message_elem_array is empty"},
		{"a bad element", change(func(m *wire.Message) { m.Elements = append(m.Elements, json.RawMessage(`{"elem_type":0}`)) }),
			timerr.InvalidParameters, "message_elem_array[1].text_elem_content"},
		{"a text that is too long", textTo("bob", "id", strings.Repeat("x", 12<<10+1)), timerr.SvrCommBodySizeLimit, "12289 bytes"},
		{"cloud data that are too long", change(func(m *wire.Message) { m.CloudCustom = strings.Repeat("x", 12<<10) }), timerr.SvrCommBodySizeLimit, "12293"},
		{"elements that are far too long", textTo("bob", "id", strings.Repeat("x", 1<<20)), timerr.SvrCommBodySizeLimit, "at most 12288"},
		{"push settings that are none", change(func(m *wire.Message) { m.OfflinePushConfig = json.RawMessage(`7`) }), timerr.InvalidParameters, "message_offline_push_config"},
	}
	inBubble(t, func(t *testing.T, in *installation) {
		s := in.node("a")
		ann, bob := in.player(s, "ann", session.Linux), in.player(s, "bob", session.Linux)
		for _, tt := range tests {
			outcomes := s.SendMessages(ann.held, []wire.Message{tt.m, textTo("bob", tt.name, "after")})
			assert.Equal(t, tt.code, timerr.CodeOf(outcomes[0].Err), tt.name)
			assert.Contains(t, timerr.DescOf(outcomes[0].Err), tt.desc, tt.name)
			assert.NoError(t, outcomes[1].Err, "another one is none the worse")
		}
		assert.Len(t, bob.heard(), len(tests))
		require.NoError(t, s.SendMessages(ann.held, []wire.Message{textTo("bob", "long", strings.Repeat("x", 12<<10))})[0].Err)
	})
}

func TestADeletedAccountGetsNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		s := in.node("a")
		ann, _ := in.player(s, "ann", session.Linux), in.player(s, "bob", session.Linux)
		ann.say("bob", "hello")
		_, err := s.DeleteAccounts(t.Context(), app, []string{"bob"})
		require.NoError(t, err)
		outcome := s.SendMessages(ann.held, []wire.Message{textTo("bob", "id", "still there?")})[0]
		assert.ErrorIs(t, outcome.Err, timerr.New(timerr.SvrMsgInvalidID))
	})
}

func TestAnOnlineOnlyMessageLeavesNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		s := in.node("a")
		ann, bob := in.player(s, "ann", session.Linux), in.player(s, "bob", session.Linux)
		typing := textTo("bob", "id", "typing")
		typing.OnlineOnly = true
		outcomes := s.SendMessages(ann.held, []wire.Message{textTo("bob", "a", "first"), typing, textTo("bob", "b", "last")})
		assert.Equal(t, []uint64{1, 0, 2}, []uint64{outcomes[0].Sent.Pos, outcomes[1].Sent.Pos, outcomes[2].Sent.Pos})
		assert.Equal(t, []string{"1 ann: first", "0 ann: typing", "2 ann: last"}, bob.heard(), "in the order of the sender")
		assert.Equal(t, []string{"1 ann: first", "2 ann: last"}, bob.history("ann"))
	})
}

func TestFlagsKeepAMessageOutOfCountsAndLists(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		s := in.node("a")
		ann, bob := in.player(s, "ann", session.Linux), in.player(s, "bob", session.Linux)
		ann.say("bob", "hello")
		uncounted, unlisted := textTo("bob", "a", "no count"), textTo("bob", "b", "not last")
		uncounted.NoUnread, unlisted.NoLast = true, true
		for _, o := range s.SendMessages(ann.held, []wire.Message{uncounted, unlisted}) {
			require.NoError(t, o.Err)
		}
		c := bob.conversations()[0]
		assert.EqualValues(t, 2, c.Unread)
		assert.Equal(t, "2 ann: no count", shows(*c.Last))
	})
}

// failingStore fails where it is told to.
type failingStore struct {
	chat.Store
	failed *bool
}

func (s failingStore) AppendMessages(ctx context.Context, conv chat.Conv, messages []chat.NewMessage, at time.Time) ([]chat.Placed, error) {
	placed, err := s.Store.AppendMessages(ctx, conv, messages, at)
	if *s.failed {
		return nil, errors.New("disk/full.db")
	}
	return placed, err
}

func TestAMessageWhoseAnswerWasLostIsFoundByItsResend(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		failed := true
		s := in.node("a", func(_ *chat.Config, store *chat.Store, _ *chat.Bus) { *store = failingStore{*store, &failed} })
		ann, bob := in.player(s, "ann", session.Linux), in.player(s, "bob", session.Linux)
		m := textTo("bob", "id", "hello")
		outcome := s.SendMessages(ann.held, []wire.Message{m})[0]
		assert.Equal(t, timerr.SvrMsgInternalError1, timerr.CodeOf(outcome.Err))
		assert.NotContains(t, timerr.DescOf(outcome.Err), "disk")
		assert.Empty(t, bob.heard(), "nothing is told that is not acknowledged")
		failed = false
		assert.EqualValues(t, 1, s.SendMessages(ann.held, []wire.Message{m})[0].Sent.Pos)
		assert.Len(t, told[any](bob, wire.EventSync), 1)
		assert.Equal(t, []string{"1 ann: hello"}, bob.history("ann"))
	})
}

func TestALinkThatIsGoneIsToldNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		s := in.node("a", multi)
		ann := in.player(s, "ann", session.Linux)
		bob, other := in.player(s, "bob", session.Linux), in.player(s, "bob", session.Android)
		s.LinkClosed(bob.held, true)
		ann.say("bob", "hello")
		assert.Empty(t, bob.heard())
		assert.Len(t, other.heard(), 1)
	})
}

// mutedBus loses what is published while it is away.
type mutedBus struct {
	chat.Bus
	away     *atomic.Bool
	returned chan struct{}
}

func (b mutedBus) Returned() <-chan struct{} { return b.returned }

func (b mutedBus) Publish(ctx context.Context, subject string, body []byte) error {
	if b.away.Load() {
		return errors.New("no server")
	}
	return b.Bus.Publish(ctx, subject, body)
}

func TestWhoWasNotToldIsAskedToCatchUp(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		var away atomic.Bool
		away.Store(true)
		muted := mutedBus{in.hub.Connect(), &away, make(chan struct{})}
		a := in.node("a", shared, func(_ *chat.Config, _ *chat.Store, b *chat.Bus) { *b = muted })
		b := in.node("b", shared)
		ann, bob := in.player(a, "ann", session.Linux), in.player(b, "bob", session.Linux)
		ann.say("bob", "hello")
		assert.Empty(t, bob.heard())
		away.Store(false)
		muted.returned <- struct{}{}
		assert.Len(t, told[any](bob, wire.EventSync), 1)
		assert.Equal(t, []string{"1 ann: hello"}, bob.history("ann"))
	})
}

func TestAListenerThatLagsIsAskedToCatchUp(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		s := in.node("a", shared)
		bob := in.player(s, "bob", session.Linux)
		flood := in.hub.Connect()
		for range 3000 { // more than wait for one subscriber
			require.NoError(t, flood.Publish(t.Context(), chat.UserSubject(app, "bob"), []byte(`{"node":"b","event":"x"}`)))
		}
		synctest.Wait()
		assert.NotEmpty(t, told[any](bob, wire.EventSync))
	})
}
