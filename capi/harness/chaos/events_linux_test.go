package chaos

import (
	"encoding/json"
	"strings"
	"time"
)

// What a client hears, and what it must never hear.

func (c *client) hear(l line) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case l.Return != nil:
		c.returned(l)
	case l.Callback != nil:
		c.answered(l)
	case l.Event == onKicked, l.Event == onExpired:
		c.ended(l.Event)
	case l.Event == onNotice:
		c.noticed(l.Args)
	case l.Event == onNetwork:
		c.linked(l.Args)
	default:
		c.said <- l
	}
}

func (c *client) returned(l line) {
	made := c.calls[*l.Return]
	made.accepted = l.Result == 0
	if !made.accepted {
		c.stage.wrong("%s: %s returned %d", c.name, made.name, l.Result)
	}
}

func (c *client) answered(l line) {
	made := c.calls[*l.Callback]
	made.answers++
	if made.answers > 1 {
		c.stage.wrong("%s: %s was answered %d times", c.name, made.name, made.answers)
		return
	}
	if made.done != nil {
		made.done(l.Code)
	}
	made.answer <- l.Code
	c.stage.figures.Count("calls answered", made.name)
}

// ended is TIMKickedOfflineCallback or TIMUserSigExpiredCallback: once for each session.
func (c *client) ended(event string) {
	if c.user == "" {
		c.stage.wrong("%s: %s came, but nobody is logged in", c.name, event)
	}
	c.user = ""
	if event == onExpired {
		c.stage.figures.Count("ends told to games", "expired")
	}
}

// noticed is TIMXSetExperimentalNotifyCallback. A kick names another device of the account.
func (c *client) noticed(args json.RawMessage) {
	var words []string
	if json.Unmarshal(args, &words) != nil || len(words) < 2 || !strings.Contains(words[0], "banter_kicked") {
		return
	}
	var notice struct{ Reason, Instance string }
	if err := json.Unmarshal([]byte(words[1]), &notice); err != nil {
		c.stage.wrong("%s: a notice %q: %v", c.name, words[1], err)
	}
	c.stage.figures.Count("ends told to games", notice.Reason)
	if notice.Reason != "other_device" {
		return
	}
	switch c.stage.device(notice.Instance) {
	case c:
		c.stage.wrong("%s: it was kicked by itself: %s", c.name, words[1])
	case nil:
		c.stage.wrong("%s: it was kicked by an unknown device: %s", c.name, words[1])
	}
}

// outages are what a client's network callback tells.
type outages struct {
	dials    int
	down     time.Time // when the link was lost; zero while there is one or nobody was in
	blocked  time.Time // until when faults kept the client from coming back
	troubled int       // faults on it at the moment
}

// The network callback's first argument.
const (
	connected = iota
	disconnected
	connecting
)

func (c *client) linked(args json.RawMessage) {
	var words []any
	if json.Unmarshal(args, &words) != nil || len(words) == 0 {
		return
	}
	status, _ := words[0].(float64)
	switch int(status) {
	case connecting:
		c.link.dials++
	case disconnected:
		c.stage.figures.Count("links", "lost")
		if c.user != "" {
			c.link.down = time.Now()
		}
	case connected:
		c.stage.figures.Count("links", "made")
		if !c.link.down.IsZero() {
			c.stage.figures.Back(c.link.couldReturn())
			c.link.down = time.Time{}
		}
	}
}

// trouble notes that a fault on the client begins; the function that it returns, its end.
func (c *client) trouble() (over func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.link.troubled++
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.link.troubled--
		c.link.blocked = time.Now()
	}
}

// couldReturn returns for how long the client has been able to come back: since it lost its
// link, and the last fault on it was over. One that comes back during a fault had no wait.
func (o outages) couldReturn() time.Duration {
	switch {
	case o.troubled > 0:
		return 0
	case o.blocked.After(o.down):
		return time.Since(o.blocked)
	}
	return time.Since(o.down)
}
