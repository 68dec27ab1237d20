package bench

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// postman has a fake server forward messages: deliver says which of them go to the receiver,
// as often and in the order that it likes, and what the sender is answered.
type postman struct {
	deliver func(m wire.Message) (events []wire.Message, answer wire.Frame)

	mu  sync.Mutex
	pos map[string]uint64
}

// honest is how a server delivers that keeps its promises.
func honest(m wire.Message) ([]wire.Message, wire.Frame) {
	return []wire.Message{m}, sentFrame(m.Pos)
}

func sentFrame(pos uint64) (frame wire.Frame) {
	frame.Body, _ = json.Marshal(wire.Sent{Pos: pos})
	return frame
}

func startPostman(t *testing.T, deliver func(m wire.Message) ([]wire.Message, wire.Frame)) *fake {
	p := &postman{deliver: deliver, pos: map[string]uint64{}}
	return startFake(t, p.answer)
}

func (p *postman) answer(f *fake, request wire.Request) []wire.Frame {
	if request.Cmd != wire.CmdSendMessage {
		return f.answers(request)
	}
	var m wire.Message
	_ = json.Unmarshal(request.Body, &m) // a zero message is delivered to nobody
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pos[m.ConvID]++
	m.Pos = p.pos[m.ConvID]
	m.Sender, _, _ = strings.Cut(m.MsgID, "-")
	events, answer := p.deliver(m)
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, event := range events {
		body, _ := json.Marshal(event)
		f.users[m.ConvID].WriteJSON(wire.Frame{Event: wire.EventMessage, Body: body})
	}
	answer.ID = request.ID
	return []wire.Frame{answer}
}

func TestMessagesAreTimedToTheirSenderAndTheirReceiver(t *testing.T) {
	for _, loop := range []string{"--outstanding=3", "--rate=200"} {
		report := startPostman(t, honest).run(t, "messages", loop, "--pairs", "4")
		assert.Empty(t, report.Broken)
		assert.Empty(t, report.Errors)
		assert.Positive(t, report.Figures["messages_per_second"])
		sent := report.Counts["messages"]
		if loop == "--rate=200" {
			assert.EqualValues(t, 20, sent)
		}
		assert.GreaterOrEqual(t, sent, int64(4*3))
		assert.Equal(t, sent, report.Latencies["acknowledged"].Count)
		assert.Equal(t, sent, report.Latencies["delivered"].Count)
	}
}

func TestAMessageThatIsLostOrDoubledBreaksAPromise(t *testing.T) {
	third := func(f func(m wire.Message) ([]wire.Message, wire.Frame)) func(m wire.Message) ([]wire.Message, wire.Frame) {
		return func(m wire.Message) ([]wire.Message, wire.Frame) {
			if m.Seq != 3 {
				return honest(m)
			}
			return f(m)
		}
	}
	var held wire.Message
	for want, deliver := range map[string]func(m wire.Message) ([]wire.Message, wire.Frame){
		"acknowledged did not arrive": third(func(m wire.Message) ([]wire.Message, wire.Frame) { return nil, sentFrame(m.Pos) }),
		"arrived twice":               third(func(m wire.Message) ([]wire.Message, wire.Frame) { return []wire.Message{m, m}, sentFrame(m.Pos) }),
		"one place for its sender":    third(func(m wire.Message) ([]wire.Message, wire.Frame) { return []wire.Message{m}, sentFrame(m.Pos + 1) }),
		"in another order": func(m wire.Message) ([]wire.Message, wire.Frame) {
			switch m.Seq {
			case 3:
				held = m
				return nil, sentFrame(m.Pos)
			case 4:
				return []wire.Message{m, held}, sentFrame(m.Pos)
			}
			return honest(m)
		},
		"that nobody of this run has sent": third(func(m wire.Message) ([]wire.Message, wire.Frame) {
			old := m
			old.Rand--
			return []wire.Message{old, m}, sentFrame(m.Pos)
		}),
		"was refused": third(func(m wire.Message) ([]wire.Message, wire.Frame) {
			return []wire.Message{m}, wire.Frame{Code: timerr.SvrAccountFreqLimit}
		}),
	} {
		report := startPostman(t, deliver).run(t, "messages", "--pairs", "1", "--outstanding", "2", "--timeout", "2s")
		require.Len(t, report.Broken, 1, want)
		assert.Contains(t, report.Broken[0], want)
	}
}

func TestAMessageThatIsRefusedIsAnError(t *testing.T) {
	report := startPostman(t, func(m wire.Message) ([]wire.Message, wire.Frame) {
		if m.Seq%2 == 0 {
			return nil, wire.Frame{Code: timerr.SvrAccountFreqLimit, Desc: "later"}
		}
		return honest(m)
	}).run(t, "messages", "--pairs", "2", "--outstanding", "2")
	assert.Empty(t, report.Broken)
	require.Len(t, report.Errors, 1)
	assert.Equal(t, "later", report.Errors[0].First)
}
