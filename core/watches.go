package core

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/banter-im/banter/internal/recent"
	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

const (
	// roomAfter is how long after the game had no room for a status it is told again.
	roomAfter = time.Second
	// rewatchAfter is how long after the server could not take the list it is sent again.
	rewatchAfter = 5 * time.Second
)

// watches is whose statuses the game wants to hear of, and what it has heard. The server
// forgets the list with the link, so the client names it again on the next one, and
// compares what it is answered with what the game knows: a change in between is told, and
// nothing is told twice. The loop owns it; there is a new one for each login.
type watches struct {
	self   string // "" when nobody is logged in
	list   recent.List
	known  map[string]wire.UserStatus // by user: the own one, and those in list
	untold []wire.UserStatus          // for which the game had no room, each user once
	link   int                        // number of the link on which the server was told the list
	again  bool                       // it could not take it, and is to be told again
}

func newWatches(self string) *watches {
	w := &watches{self: self, list: recent.New(wire.MaxWatched), known: map[string]wire.UserStatus{}}
	if self != "" { // the game knows that it has logged in
		w.known[self] = wire.UserStatus{User: self, Type: int(tim.UserStatusTypeOnline)}
	}
	return w
}

// add puts users in the list, which may push others out.
func (w *watches) add(users []string) {
	var dropped []string
	for _, user := range users {
		dropped = append(dropped, w.list.Add(user))
	}
	for _, user := range dropped {
		if user != "" && !w.list.Has(user) { // else it was named again
			w.forget(user)
		}
	}
}

// remove takes users out of the list; none are all.
func (w *watches) remove(users []string) {
	if len(users) == 0 {
		users = w.list.Names()
	}
	for _, user := range users {
		if w.list.Remove(user) {
			w.forget(user)
		}
	}
}

func (w *watches) forget(user string) {
	delete(w.known, user)
	w.untold = slices.DeleteFunc(w.untold, func(s wire.UserStatus) bool { return s.User == user })
}

// heard takes what the server says of users, and notes what the game is to hear of it: what
// differs from what it knows. First says that a user of whom it knows nothing is no news.
func (w *watches) heard(statuses []wire.UserStatus, first bool) {
	for _, s := range statuses {
		before, known := w.known[s.User]
		if s.User != w.self && !w.list.Has(s.User) || known && before.Same(s) {
			continue
		}
		w.known[s.User] = s
		if !known && first {
			continue
		}
		w.untold = slices.DeleteFunc(w.untold, func(old wire.UserStatus) bool { return old.User == s.User })
		w.untold = append(w.untold, s)
	}
}

// follow begins anew for who is logged in now.
func (c *Client) follow(user string) {
	c.statusAlarm.Stop()
	c.watches = newWatches(user)
}

// watched is done for a command, which also changes the list when the server has done it.
func (c *Client) watched(cmd string, body json.RawMessage, done Done) Done {
	if cmd != wire.CmdSubscribeUserStatus && cmd != wire.CmdUnsubscribeUserStatus {
		return done
	}
	return func(err error, text string) {
		var named wire.UserIDs
		if err == nil && json.Unmarshal(body, &named) == nil {
			if cmd == wire.CmdSubscribeUserStatus {
				c.subscribed(named.Users, text)
			} else {
				c.watches.remove(named.Users)
			}
		}
		done(err, "") // what the server found out is between it and us
	}
}

// subscribed takes the answer to a subscription.
func (c *Client) subscribed(users []string, answer string) {
	var statuses []wire.UserStatus
	if err := json.Unmarshal([]byte(answer), &statuses); err != nil {
		c.log.Warn("the answer to a subscription of statuses cannot be read")
	}
	c.watches.add(users)
	c.watches.heard(statuses, true)
	c.tellStatuses()
}

// receiveStatuses takes an event about statuses.
func (c *Client) receiveStatuses(f wire.Frame) {
	var statuses []wire.UserStatus
	if err := json.Unmarshal(f.Body, &statuses); err != nil {
		c.log.Warn("an event of the server has a bad body", "event", f.Event)
		return
	}
	c.watches.heard(statuses, false)
	c.tellStatuses()
}

// tellStatuses tells the game what it has not heard. What it has no room for comes later, as
// it is by then.
func (c *Client) tellStatuses() {
	w := c.watches
	if len(w.untold) == 0 {
		return
	}
	text, err := json.Marshal(w.untold)
	if err != nil {
		c.log.Error("statuses cannot be told", "error", err)
		return
	}
	if !c.game.UserStatusChanged(string(text)) {
		c.statusAlarm.Reset(roomAfter)
		return
	}
	w.untold = nil
}

// statusDue does what had to wait.
func (c *Client) statusDue() {
	if c.watches.again {
		c.watches.again, c.watches.link = false, 0
		c.flush()
	}
	c.tellStatuses()
}

// rewatch names the list to the server, once on each link.
func (c *Client) rewatch() {
	w, link := c.watches, c.current.number
	if w.link == link {
		return
	}
	w.link = link
	for users := range slices.Chunk(w.list.Names(), wire.MaxWatch) {
		c.command(wire.CmdSubscribeUserStatus, wire.UserIDs{Users: users}, func(f wire.Frame, err error) {
			if c.watches == w {
				c.rewatched(users, f, err)
			}
		})
	}
}

func (c *Client) rewatched(users []string, f wire.Frame, err error) {
	switch {
	case err == nil && f.Code == timerr.Succ:
		c.subscribed(slices.DeleteFunc(users, func(u string) bool { return !c.watches.list.Has(u) }), string(f.Body))
	case f.Code == timerr.SvrAccountUserStatusDisabled: // meanwhile: there is nothing to hear any more
	default:
		c.log.Warn("the server cannot tell of statuses just now", "code", f.Code)
		c.watches.again = true
		c.statusAlarm.Reset(rewatchAfter)
	}
}
