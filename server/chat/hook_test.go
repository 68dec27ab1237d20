package chat_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
	"github.com/banter-im/banter/server/session"
)

// asked is a backend that answers questions: by the text of the message.
type asked struct {
	mu      sync.Mutex
	heard   []chat.Event
	answers map[string]string
	wait    time.Duration
	most    int // at a time
	now     int
}

func (a *asked) Ask(ctx context.Context, question chat.Event) ([]byte, error) {
	a.mu.Lock()
	a.heard = append(a.heard, question)
	a.now++
	a.most = max(a.most, a.now)
	a.mu.Unlock()
	time.Sleep(a.wait)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.now--
	for text, answer := range a.answers {
		if strings.Contains(string(question.Body), `"Text":"`+text+`"`) {
			if answer == "" {
				return nil, context.DeadlineExceeded
			}
			return []byte(answer), nil
		}
	}
	return []byte(`{"ActionStatus":"OK","ErrorCode":0}`), nil
}

func (a *asked) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.heard)
}

// hooked has an app's backend asked and told.
func hooked(hooks chat.MessageHooks, hook chat.Hook) nodeOption {
	return func(cfg *chat.Config, _ *chat.Store, _ *chat.Bus) {
		cfg.Apps[0].Hooks, cfg.Hook = hooks, hook
		cfg.Apps[0].Admins = []string{"administrator"}
	}
}

// outbox returns what waits for the app's backend, in order.
func (in *installation) outbox() (bodies []map[string]any) {
	in.t.Helper()
	_, err := in.store.Claim(in.t.Context(), app, "test", time.Minute)
	require.NoError(in.t, err)
	events, err := in.store.Due(in.t.Context(), app, "test", time.Now(), 1000)
	require.NoError(in.t, err)
	for _, e := range events {
		body := map[string]any{}
		require.NoError(in.t, json.Unmarshal(e.Body, &body))
		assert.True(in.t, strings.HasPrefix(string(e.Body), `{"CallbackCommand":"`+e.Command+`"`), "receivers look there first")
		body["user"], body["platform"], body["address"] = e.User, e.Platform, e.Address
		bodies = append(bodies, body)
	}
	require.NoError(in.t, in.store.Settle(in.t.Context(), events, nil))
	return bodies
}

// decisions are a backend's answers, by the text that they are about.
var decisions = map[string]string{
	"bad":     `{"ErrorCode":1,"ErrorInfo":"not passed on"}`,
	"worse":   `{"ErrorCode":120001,"ErrorInfo":"mind your language"}`,
	"nothing": `{"ErrorCode":130000}`,
	"drop":    `{"ErrorCode":2}`,
	"change":  `{"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"changed"}}],"CloudCustomData":"cloud","ErrorCode":0}`,
	"null":    `{"ErrorCode":0,"MsgBody":null,"CloudCustomData":null}`,
}

func TestABackendDecidesWhatIsSent(t *testing.T) {
	backend := &asked{answers: decisions}
	inBubble(t, func(t *testing.T, in *installation) {
		s := in.node("a", shared, multi, hooked(chat.MessageHooks{BeforeSend: true, AfterSend: true}, backend))
		other := in.node("b", shared, multi)
		ann, bob := in.player(s, "ann", session.Android), in.player(other, "bob", session.Linux)
		pc := in.player(other, "ann", session.Linux)
		var messages []wire.Message
		for _, text := range []string{"good", "bad", "worse", "nothing", "drop", "change", "null"} {
			messages = append(messages, textTo("bob", text, text))
		}
		outcomes := s.SendMessages(ann.held, messages)
		var codes []timerr.Code
		for _, o := range outcomes {
			codes = append(codes, timerr.CodeOf(o.Err))
		}
		assert.Equal(t, []timerr.Code{0, 20006, 120001, 130000, 0, 0, 0}, codes)
		assert.Equal(t, "mind your language", timerr.DescOf(outcomes[2].Err))
		assert.Zero(t, outcomes[4].Sent.Pos)
		require.NotNil(t, outcomes[5].Sent.Message)
		assert.Equal(t, "2 ann: changed", shows(*outcomes[5].Sent.Message))
		assert.Equal(t, "cloud", outcomes[5].Sent.Message.CloudCustom)
		assert.Nil(t, outcomes[0].Sent.Message)
		want := []string{"1 ann: good", "2 ann: changed", "3 ann: null"}
		assert.Equal(t, want, bob.heard())
		assert.Equal(t, want, pc.heard())
		assert.Equal(t, want, bob.history("ann"))

		var told []string
		for _, e := range in.outbox() {
			require.Equal(t, chat.HookAfterSend, e["CallbackCommand"])
			told = append(told, fmt.Sprint(e["MsgId"], " ", e["UnreadMsgNum"], " ", e["SendMsgResult"], " ", e["CloudCustomData"]))
		}
		assert.Equal(t, []string{"good 1 0 ", "change 2 0 cloud", "null 3 0 "}, told)

		again := s.SendMessages(ann.held, []wire.Message{textTo("bob", "change", "change")})[0].Sent
		assert.EqualValues(t, 2, again.Pos)
		assert.Equal(t, "2 ann: changed", shows(*again.Message), "like the first time")
		assert.Equal(t, len(messages), backend.count(), "and it is not asked again")
		assert.Empty(t, in.outbox())
	})
}

func TestWhatABackendIsAskedAndTold(t *testing.T) {
	backend := &asked{}
	inBubble(t, func(t *testing.T, in *installation) {
		s := in.node("a", hooked(chat.MessageHooks{BeforeSend: true, AfterSend: true, AfterRead: true, AfterRecall: true}, backend))
		ann, bob := in.player(s, "ann", session.IPhone), in.player(s, "bob", session.Linux)
		sent := ann.say("bob", "hello")
		now := float64(time.Now().Unix())
		question := map[string]any{}
		require.NoError(t, json.Unmarshal(backend.heard[0].Body, &question))
		want := map[string]any{"CallbackCommand": chat.HookBeforeSend, "From_Account": "ann", "To_Account": "bob", "MsgSeq": 7., "MsgRandom": 9.,
			"MsgTime": now, "MsgKey": fmt.Sprintf("7_9_%d", sent.ServerTime), "MsgId": "ann-1", "OnlineOnlyFlag": 0., "CloudCustomData": "",
			"MsgBody":   []any{map[string]any{"MsgType": "TIMTextElem", "MsgContent": map[string]any{"Text": "hello"}}},
			"EventTime": float64(time.Now().UnixMilli())}
		assert.Equal(t, want, question)
		assert.Equal(t, []string{"iOS", "192.0.2.1"}, []string{backend.heard[0].Platform, backend.heard[0].Address})
		want["CallbackCommand"], want["SendMsgResult"], want["ErrorInfo"], want["UnreadMsgNum"] = chat.HookAfterSend, 0., "send msg succeed", 1.
		want["user"], want["platform"], want["address"] = "ann", "iOS", "192.0.2.1"
		assert.Equal(t, []map[string]any{want}, in.outbox())

		asks(bob, s.ReportRead, wire.ReadReport{ConvType: 1, ConvID: "ann"})
		asks(bob, s.ReportRead, wire.ReadReport{ConvType: 1, ConvID: "ann"})
		asks(ann, s.Revoke, wire.Revocation{ConvType: 1, ConvID: "bob", Pos: 1})
		assert.Equal(t, []map[string]any{{"CallbackCommand": chat.HookAfterRead, "Report_Account": "bob", "Peer_Account": "ann",
			"LastReadTime": now, "UnreadMsgNum": 0., "EventTime": float64(time.Now().UnixMilli()), "user": "bob", "platform": "Unknown", "address": "192.0.2.1"},
			{"CallbackCommand": chat.HookAfterRecall, "From_Account": "ann", "To_Account": "bob", "MsgKey": fmt.Sprintf("7_9_%d", sent.ServerTime),
				"UnreadMsgNum": 0., "EventTime": float64(time.Now().UnixMilli()), "user": "ann", "platform": "iOS", "address": "192.0.2.1"}},
			sortedByCommand(in.outbox()), "a mark that is no news is not told")
	})
}

func sortedByCommand(events []map[string]any) []map[string]any {
	if len(events) == 2 && events[0]["CallbackCommand"] == chat.HookAfterRecall {
		events[0], events[1] = events[1], events[0]
	}
	return events
}

func TestWhatIsLeftOutOfWebhooks(t *testing.T) {
	backend := &asked{answers: map[string]string{"quiet": `{"ErrorCode":1}`}}
	inBubble(t, func(t *testing.T, in *installation) {
		s := in.node("a", hooked(chat.MessageHooks{BeforeSend: true, AfterSend: true}, backend))
		ann := in.player(s, "ann", session.Linux)
		in.player(s, "bob", session.Linux)
		m := textTo("bob", "1", "quiet")
		m.SkipBeforeHook, m.SkipAfterHook = true, true
		require.NoError(t, s.SendMessages(ann.held, []wire.Message{m})[0].Err)
		rest := chat.BackendMessage{From: "ann", To: "bob", Message: textTo("bob", "2", "quiet"), Origin: chat.FromREST("192.0.2.9")}
		_, failed, err := s.SendToAll(t.Context(), app, rest, []string{"bob"})
		require.NoError(t, err)
		assert.Empty(t, failed)
		require.NoError(t, s.ImportFor(t.Context(), app, chat.Import{From: "ann", To: "bob", Message: textTo("bob", "3", "quiet"), At: time.Now()}))
		assert.Zero(t, backend.count())
		assert.Empty(t, in.outbox())

		rest.Message = textTo("bob", "4", "quiet")
		_, err = s.SendFor(t.Context(), app, rest)
		assert.Equal(t, timerr.Code(20006), timerr.CodeOf(err))
		rest.Message = textTo("bob", "5", "loud")
		_, err = s.SendFor(t.Context(), app, rest)
		require.NoError(t, err)
		events := in.outbox()
		require.Len(t, events, 1)
		assert.Equal(t, []any{"RESTAPI", "192.0.2.9"}, []any{events[0]["platform"], events[0]["address"]})
	})
}

func TestABackendHearsOfWhatIsNotKept(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		s := in.node("a", hooked(chat.MessageHooks{AfterSend: true}, nil))
		ann := in.player(s, "ann", session.Linux)
		in.player(s, "bob", session.Linux)
		typing := textTo("bob", "typing", "…")
		typing.OnlineOnly = true
		s.SendMessages(ann.held, []wire.Message{typing, textTo("nobody", "lost", "x")})
		var told []string
		for _, e := range in.outbox() {
			told = append(told, fmt.Sprint(e["MsgId"], " ", e["OnlineOnlyFlag"], " ", e["SendMsgResult"], " ", e["UnreadMsgNum"]))
		}
		assert.ElementsMatch(t, []string{"typing 1 0 0", "lost 0 20003 -1"}, told)
	})
}

func TestABackendThatDoesNotAnswer(t *testing.T) {
	for refuse, want := range map[bool]timerr.Code{false: 0, true: 80003} {
		backend := &asked{answers: map[string]string{"lost": "", "text": `no JSON`, "null": `null`, "list": `[]`, "empty": `{}`, "word": `{"ErrorCode":"1"}`,
			"bad body": `{"ErrorCode":0,"MsgBody":[{"MsgType":"x"}]}`, "long": `{"ErrorCode":0,"CloudCustomData":"` + strings.Repeat("x", 12<<10) + `"}`}}
		inBubble(t, func(t *testing.T, in *installation) {
			s := in.node("a", hooked(chat.MessageHooks{BeforeSend: true, RefuseUnanswered: refuse}, backend))
			ann, bob := in.player(s, "ann", session.Linux), in.player(s, "bob", session.Linux)
			for text := range backend.answers {
				outcome := s.SendMessages(ann.held, []wire.Message{textTo("bob", text, text)})[0]
				assert.Equal(t, want, timerr.CodeOf(outcome.Err), text)
				assert.Nil(t, outcome.Sent.Message)
			}
			if !refuse {
				assert.Len(t, bob.heard(), len(backend.answers))
			}
		})
	}
}

// A backend that takes its time holds up nobody else, and those who wait keep their order.
func TestASlowBackendHoldsUpNobodyElse(t *testing.T) {
	backend := &asked{wait: 2 * time.Second}
	inBubble(t, func(t *testing.T, in *installation) {
		s := in.node("a", hooked(chat.MessageHooks{BeforeSend: true}, backend), func(cfg *chat.Config, _ *chat.Store, _ *chat.Bus) {
			cfg.Apps = append(cfg.Apps, chat.App{ID: app + 1, Key: key})
		})
		bob := in.player(s, "bob", session.Linux)
		var senders sync.WaitGroup
		begun := time.Now()
		for i := range 10 {
			p := in.player(s, fmt.Sprint("ann", i), session.Linux)
			senders.Go(func() {
				var messages []wire.Message
				for n := range 16 {
					messages = append(messages, textTo("bob", fmt.Sprint(n), fmt.Sprint(n)))
				}
				for _, o := range s.SendMessages(p.held, messages) {
					assert.NoError(t, o.Err)
				}
			})
		}
		senders.Wait()
		assert.Equal(t, 4*time.Second, time.Since(begun), "all links at once, and of each eight at a time")
		assert.Equal(t, 80, backend.most)
		for i := range 10 {
			for n, line := range bob.history(fmt.Sprint("ann", i)) {
				assert.Equal(t, fmt.Sprintf("%d ann%d: %d", n+1, i, n), line)
			}
		}
	})
}

func TestNobodyIsAskedWhileTheStoreIsAway(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		backend := &asked{}
		s := in.node("a", hooked(chat.MessageHooks{BeforeSend: true}, backend), func(_ *chat.Config, store *chat.Store, _ *chat.Bus) { *store = blindStore{*store} })
		ann := in.player(s, "ann", session.Linux)
		outcome := s.SendMessages(ann.held, []wire.Message{textTo("ann", "1", "x")})[0]
		assert.Equal(t, timerr.SvrMsgInternalError1, timerr.CodeOf(outcome.Err), "it cannot know whether it was asked before")
		assert.Zero(t, backend.count())
	})
}

// blindStore finds nothing.
type blindStore struct{ chat.Store }

func (blindStore) FindMessage(context.Context, chat.Conv, string, string) (chat.Message, error) {
	return chat.Message{}, errors.New("the disk is gone")
}

func FuzzVerdict(f *testing.F) {
	for _, seed := range []string{`{"ErrorCode":0}`, `{"ErrorCode":2}`, `{"ErrorCode":120001,"ErrorInfo":"no"}`,
		`{"ErrorCode":0,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"x"}}],"CloudCustomData":"c"}`, `[]`, `x`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		v := chat.TryVerdict(textTo("bob", "1", "hello"), answer)
		if v.Err == nil && !v.Dropped {
			assert.NoError(t, chat.CheckMessage(v.Message))
		}
		require.True(t, v.Err == nil || timerr.CodeOf(v.Err) != 0)
	})
}
