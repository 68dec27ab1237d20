package core

import (
	"context"
	"encoding/json"
	"time"

	"github.com/banter-im/banter/core/transport"
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// Link is a connection to the server over which hello has been said. Sending and closing
// never block. *transport.Link is one.
type Link interface {
	Welcome() wire.Welcome
	Send(cmd string, body json.RawMessage) (id uint64, err error)
	Serve(transport.Events) error
	Close()
}

// A Dialer opens a link to a server. It returns soon after ctx has ended.
type Dialer func(ctx context.Context, server transport.Target, opening transport.Opening) (Link, error)

// dialWith returns the Dialer that opens real links, whose goroutines spawn starts.
func dialWith(spawn func(func())) Dialer {
	return func(ctx context.Context, server transport.Target, opening transport.Opening) (Link, error) {
		link, err := transport.Dial(ctx, server, opening, spawn)
		if err != nil {
			return nil, err
		}
		return link, nil
	}
}

// current is the link in use, or the dial for one. The loop owns it.
type current struct {
	number int // of dials and hang-ups: what an older one tells is stale
	cancel context.CancelFunc
	link   Link      // nil while dialling
	begun  opener    // what it begins with, until its answer is waited for; or nil
	since  time.Time // of link
	// What to do with the answers to commands that were sent on link, by id.
	answers map[uint64]func(wire.Frame, error)
}

// release ends the dial if it still runs. Else the client's own context would keep that of a dial that failed.
func (c *current) release() {
	if c.cancel != nil {
		c.cancel()
	}
}

func (c *current) lasted() bool { return c.link != nil && time.Since(c.since) >= lasts }

func (c *Client) dial() {
	c.current.release()
	ctx, cancel := context.WithCancel(c.ctx)
	c.current = current{
		number:  c.current.number + 1,
		cancel:  cancel,
		answers: map[uint64]func(wire.Frame, error){},
	}
	opening := transport.Opening{Hello: wire.Hello{
		Protocol:    wire.Version,
		AppID:       c.appID,
		SDKVersion:  c.sdkVersion,
		Platform:    c.platform,
		InstanceID:  c.instance.id,
		LoginWanted: c.session.wanted(),
	}}
	if first := c.session.first(); first != nil {
		cmd, body := first.request(c)
		if data, err := json.Marshal(body); err == nil {
			opening.Cmd, opening.Body, c.current.begun = cmd, data, first
		}
	}
	number := c.current.number
	c.spawn(func() { c.connect(ctx, number, opening) })
}

// An opener is what opens a session. A link may begin with it.
type opener interface {
	effect
	request(*Client) (cmd string, body any)
	answered(*Client, wire.Frame, error)
}

// open asks the server for a session, unless the link has begun with that.
func (c *Client) open(o opener) {
	answered := func(f wire.Frame, err error) { o.answered(c, f, err) }
	if c.current.begun == o && c.current.link != nil {
		c.current.begun = nil
		c.current.answers[transport.FirstID] = answered
		return
	}
	cmd, body := o.request(c)
	c.command(cmd, body, answered)
}

// hangUp gives up the link, a dial that runs, and the wait for one. The link writes what
// was sent on it, such as a logout, before it closes.
func (c *Client) hangUp() {
	c.redialAlarm.Stop()
	if c.current.link != nil {
		c.current.link.Close()
	}
	c.current.release()
	c.current = current{number: c.current.number + 1}
	if c.messenger != nil {
		c.messenger.unlinked()
	}
	c.requests.lose(timerr.Newf(timerr.SDKNetDisconnect, "the link was lost before the server answered"))
}

// connect is a link's life, beside the loop.
func (c *Client) connect(ctx context.Context, number int, opening transport.Opening) {
	link, err := c.servers.connect(ctx, opening)
	if err != nil {
		c.tell(number, func() { c.step(dialFailed{err}) })
		return
	}
	if !c.tell(number, func() { c.take(link) }) {
		link.Close()
	}
	err = link.Serve(transport.Events{
		Frame:   func(f wire.Frame) { c.tell(number, func() { c.receive(f) }) },
		Clock:   func(ms int64) { c.tell(number, func() { c.clock(ms) }) },
		Drained: func() { c.tell(number, c.flush) },
	})
	c.tell(number, func() { c.step(unlinked{err, c.current.lasted()}) })
}

// tell has the loop run f, if the link of that number is the one in use.
func (c *Client) tell(number int, f func()) bool {
	fresh := false
	c.post(func() {
		if fresh = c.current.number == number; fresh {
			f()
		}
	})
	return fresh
}

func (c *Client) take(link Link) {
	c.current.link, c.current.since = link, time.Now()
	welcome := link.Welcome()
	c.spread = time.Duration(welcome.ReconnectSpreadMS) * time.Millisecond
	c.clock(welcome.ServerTimeMS)
	c.step(linked{})
	c.current.begun = nil // or it was for somebody who is no longer meant
}

// clock takes note of the server's clock, as it was told just now.
func (c *Client) clock(serverTimeMS int64) {
	if serverTimeMS > 0 {
		c.offset, c.serverTimeKnown = time.UnixMilli(serverTimeMS).Sub(time.Now().Round(0)), true
		c.publish()
	}
}

// command sends a command of the link itself; then is run on the loop with its answer. On
// a link that ends before, it is not run: the session hears of the link.
func (c *Client) command(cmd string, body any, then func(wire.Frame, error)) {
	if c.current.link == nil {
		return
	}
	data, err := json.Marshal(body)
	if err != nil {
		then(wire.Frame{}, timerr.Wrap(timerr.SDKInternalError, err))
		return
	}
	id, err := c.current.link.Send(cmd, data)
	switch {
	case err == nil:
		c.current.answers[id] = then
	case timerr.CodeOf(err) == timerr.SDKNetPkgSizeLimit:
		then(wire.Frame{}, err)
	}
}

// opened reads the answer to a login or a resume.
func (c *Client) opened(f wire.Frame, err error, user, ticket string) (*account, error) {
	if err != nil {
		return nil, err
	}
	if f.Code != timerr.Succ {
		return nil, &timerr.Error{Code: f.Code, Desc: f.Desc}
	}
	var opened wire.Session
	if err := json.Unmarshal(f.Body, &opened); err != nil {
		return nil, timerr.Wrap(timerr.ParseResponseFailed, err)
	}
	c.clock(opened.ServerTimeMS)
	c.grantFiles(user, wire.FileAccess{Token: opened.FilesToken, ExpiresAt: opened.FilesExpiresAt}, time.UnixMilli(opened.ServerTimeMS))
	return &account{user: user, ticket: ticket, id: opened.SessionID, number: opened.Number}, nil
}

// receive takes a frame of the link in use.
func (c *Client) receive(f wire.Frame) {
	if f.ID == 0 {
		c.receiveEvent(f)
		return
	}
	if then, ok := c.current.answers[f.ID]; ok {
		delete(c.current.answers, f.ID)
		then(f, nil)
		return
	}
	c.requests.answer(f)
}

func (c *Client) receiveEvent(f wire.Frame) {
	var ev event
	var err error
	switch f.Event {
	case wire.EventKicked:
		var notice wire.Kicked
		err = json.Unmarshal(f.Body, &notice)
		ev = kicked{notice}
	case wire.EventUserSigExpired:
		ev = expired{}
	case wire.EventExpiring:
		var notice wire.Expiring
		err = json.Unmarshal(f.Body, &notice)
		ev = expiring{notice}
	case wire.EventClosing:
		var notice wire.Closing
		err = json.Unmarshal(f.Body, &notice)
		ev = closing{notice, c.current.lasted()}
	case wire.EventUserStatus:
		c.receiveStatuses(f)
		return
	case wire.EventMessage, wire.EventMessageChanged, wire.EventRead, wire.EventConversation, wire.EventMessagesDeleted,
		wire.EventReceipts, wire.EventExtras, wire.EventAllReceiveOption, wire.EventConversationsSorted, wire.EventSync:
		if m := c.messenger; m != nil {
			m.enqueueEvent(len(f.Body), func() { m.receive(f) })
		}
		return
	default:
		c.log.Debug("an event of a newer server", "event", f.Event)
		return
	}
	if err != nil { // what it says still holds, without its details
		c.log.Warn("an event of the server has a bad body", "event", f.Event)
	}
	c.step(ev)
}
