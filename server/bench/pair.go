package bench

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// messagePair is two users of whom one writes to the other. Messages are numbered from 1 in
// the order in which they are sent; their number is their seq.
type messagePair struct {
	load   *messageLoad
	sender *link
	userID string // of the sender
	to     string

	sending sync.Mutex // one message at a time, so that they are numbered in their order
	sent    uint64
	buffer  []byte

	mu      sync.Mutex
	ends    time.Time          // of a closed loop
	flying  map[uint64]*flight // those that were not answered, or have not arrived
	waiting int                // of those, not answered
	newest  uint64             // of those that have arrived
	pos     uint64             // of that one
	settled chan struct{}      // something was answered, or has arrived
}

// flight is a message on its way.
type flight struct {
	due               time.Time
	answered, arrived bool
	acknowledged      bool
	pos               uint64 // as its answer or its event says
}

// keepSending begins a closed loop: each answer has the next message sent.
func (p *messagePair) keepSending(ends time.Time, outstanding int) {
	p.mu.Lock()
	p.ends = ends
	p.mu.Unlock()
	for range outstanding {
		p.send(time.Now())
	}
}

func (p *messagePair) send(due time.Time) { p.sendThen(due, nil) }

// sendThen is send that calls then, unless it is nil, when the message was answered, or when it is
// clear that it will not be.
func (p *messagePair) sendThen(due time.Time, then func()) {
	p.sending.Lock()
	defer p.sending.Unlock()
	p.sent++
	seq := p.sent
	p.mu.Lock()
	p.flying[seq] = &flight{due: due}
	p.waiting++
	p.mu.Unlock()
	p.sender.askText(func(id uint64) []byte {
		p.buffer = p.request(p.buffer[:0], id, seq)
		return p.buffer
	}, func(answer wire.Frame, err error) {
		p.answered(seq, answer, err)
		if then != nil {
			then()
		}
	})
}

// request writes a message as a client sends it. User ids and the text have nothing that JSON escapes.
func (p *messagePair) request(text []byte, id, seq uint64) []byte {
	text = append(strconv.AppendUint(append(text, `{"id":`...), id, 10), `,"cmd":"`+wire.CmdSendMessage+`","body":{"message_conv_type":`...)
	text = append(strconv.AppendInt(text, int64(tim.ConvTypeC2C), 10), `,"message_conv_id":`...)
	text = append(strconv.AppendQuote(text, p.to), `,"message_msg_id":`...)
	text = strconv.AppendQuote(text, p.userID+"-"+strconv.FormatInt(p.load.began, 10)+"-"+strconv.FormatUint(p.load.salt+seq, 10))
	text = append(strconv.AppendUint(append(text, `,"message_seq":`...), seq, 10), `,"message_rand":`...)
	text = append(strconv.AppendUint(text, p.load.salt+seq, 10), `,"message_client_time":`...)
	text = append(strconv.AppendInt(text, p.load.began, 10), `,"message_elem_array":[{"elem_type":0,"text_elem_content":"`...)
	return append(append(text, p.load.text...), `"}]}}`...)
}

// answered takes what became of a message, and sends the next one of a closed loop.
func (p *messagePair) answered(seq uint64, answer wire.Frame, err error) {
	var sent wire.Sent
	if err == nil && json.Unmarshal(answer.Body, &sent) != nil {
		p.load.broken("a message was answered with what is no answer")
	}
	p.mu.Lock()
	f := p.flying[seq]
	f.answered, f.acknowledged = true, err == nil
	p.waiting--
	p.settle(seq, f, sent.Pos, err)
	more := time.Now().Before(p.ends)
	p.mu.Unlock()
	going := p.load.bench.ctx.Err() == nil
	switch {
	case err == nil:
		p.load.acknowledged.since(f.due)
		p.load.count("messages", 1)
	case going:
		p.load.failed(err)
	}
	if more && going && answer.ID != 0 { // else the link is lost
		p.send(time.Now())
	}
}

// settle forgets a message of which all is known. The lock is held.
func (p *messagePair) settle(seq uint64, f *flight, pos uint64, err error) {
	var refused *timerr.Error // otherwise it may have been kept
	if err == nil && f.pos != 0 && pos != f.pos {
		p.load.broken("a message has one place for its sender, and another for its receiver")
	}
	f.pos = pos
	if errors.As(err, &refused) && f.arrived {
		p.load.broken("a message arrived that was refused")
	}
	if refused != nil || f.answered && f.arrived {
		delete(p.flying, seq)
	}
	select {
	case p.settled <- struct{}{}:
	default:
	}
}

// arrived takes what the server tells the receiver.
func (p *messagePair) arrived(frame wire.Frame) {
	if frame.Event != wire.EventMessage {
		p.load.heard(frame)
		return
	}
	var m struct {
		Sender string `json:"message_sender"`
		Seq    uint64 `json:"message_seq"`
		Pos    uint64 `json:"pos"`
		Rand   uint64 `json:"message_rand"`
	}
	if err := json.Unmarshal(frame.Body, &m); err != nil || m.Sender != p.userID || m.Rand != p.load.salt+m.Seq {
		p.load.broken("a message arrived that nobody of this run has sent")
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.flying[m.Seq]
	switch {
	case f != nil && f.arrived, f == nil && m.Seq <= p.newest:
		p.load.broken("a message arrived twice")
		return
	case f == nil:
		p.load.broken("a message arrived that was not sent, or was refused")
		return
	case m.Seq <= p.newest || m.Pos <= p.pos:
		p.load.broken("messages arrived in another order")
	}
	p.newest, p.pos = max(p.newest, m.Seq), max(p.pos, m.Pos)
	p.load.delivered.since(f.due)
	f.arrived = true
	p.settle(m.Seq, f, m.Pos, nil)
}

// wait returns when every message was answered.
func (p *messagePair) wait(patience context.Context) {
	p.until(patience, func() bool { return p.waiting == 0 })
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.load.bench.ctx.Err() == nil && p.waiting > 0 {
		p.load.count("messages_without_an_answer", int64(p.waiting))
	}
}

// judge waits until every message that was acknowledged has arrived, and says which have not.
func (p *messagePair) judge(patience context.Context) {
	lost := func() (n int) {
		for _, f := range p.flying {
			if f.acknowledged && !f.arrived {
				n++
			}
		}
		return n
	}
	p.until(patience, func() bool { return lost() == 0 })
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.load.bench.ctx.Err() == nil && lost() > 0 {
		p.load.broken("a message that was acknowledged did not arrive")
	}
}

// until returns when done is true, or when patience ends.
func (p *messagePair) until(patience context.Context, done func() bool) {
	for {
		p.mu.Lock()
		over := done()
		p.mu.Unlock()
		if over {
			return
		}
		select {
		case <-p.settled:
		case <-patience.Done():
			return
		}
	}
}
