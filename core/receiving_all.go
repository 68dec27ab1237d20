package core

import (
	"time"

	"github.com/banter-im/banter/core/cache"
	"github.com/banter-im/banter/internal/wire"
)

// SetDailyReceiveOption says that the user is not notified each day, from a time of this
// device's day on.
func (c *Client) SetDailyReceiveOption(option, hour, minute, second int, duration int64, done Done) {
	_, zone := time.Now().Zone()
	c.setAllReceive(wire.AllReceiveOption{Level: option, Hour: hour, Minute: minute, Second: second, Duration: duration, Zone: zone}, done)
}

// SetReceiveOptionOnce says that the user is not notified from a UNIX second on.
func (c *Client) SetReceiveOptionOnce(option int, start, duration int64, done Done) {
	if start == 0 { // which says each day: whoever means no time means this one
		start = time.Now().Unix()
	}
	c.setAllReceive(wire.AllReceiveOption{Level: option, StartTime: start, Duration: duration}, done)
}

func (c *Client) setAllReceive(body wire.AllReceiveOption, done Done) {
	c.chat(done, true, func(m *messenger, done Done) {
		askFor(m, wire.CmdSetAllReceiveOption, body, true, func(v wire.AllReceiveOption, err error) {
			if err == nil {
				m.mergeAllReceive(v)
			}
			done(err, "")
			m.tell()
		})
	})
}

// AllReceiveOption reads when the user is not notified: a list with one entry.
func (c *Client) AllReceiveOption(done Done) {
	c.chat(done, true, func(m *messenger, done Done) {
		askFor(m, wire.CmdGetAllReceiveOption, struct{}{}, true, func(v wire.AllReceiveOption, err error) {
			if err != nil {
				done(err, "")
				return
			}
			done(nil, textOf([]wire.AllReceiveOption{forGame(v)}))
		})
	})
}

// forGame is the option without what only the server needs.
func forGame(v wire.AllReceiveOption) wire.AllReceiveOption {
	v.Zone, v.Rev = 0, 0
	return v
}

// mergeAllReceive takes over when the user is not notified, unless that is older than what is
// known.
func (m *messenger) mergeAllReceive(v wire.AllReceiveOption) {
	if v.Rev <= m.allReceive.Rev {
		return
	}
	changed := forGame(v) != forGame(m.allReceive)
	m.allReceive = v
	m.news.allReceive = m.news.allReceive || changed
	m.update(func() error {
		return m.cache.SetAllReceive(cache.AllReceive{
			Level: int64(v.Level), Day: int64(v.Hour)*3600 + int64(v.Minute)*60 + int64(v.Second),
			Start: v.StartTime, Duration: v.Duration, Rev: int64(v.Rev),
		})
	})
}

func (m *messenger) loadAllReceive(from *cache.Cache) error {
	r, err := from.AllReceive()
	m.allReceive = wire.AllReceiveOption{Level: int(r.Level), Hour: int(r.Day / 3600), Minute: int(r.Day / 60 % 60),
		Second: int(r.Day % 60), StartTime: r.Start, Duration: r.Duration, Rev: uint64(r.Rev)}
	return err
}

// tellAllReceive tells when the user is not notified, when that is another time.
func (m *messenger) tellAllReceive() bool {
	if !m.news.allReceive {
		return true
	}
	text := textOf(forGame(m.allReceive))
	if !m.push(func() bool { return m.client.game.AllReceiveOption(text) }) {
		return false
	}
	m.news.allReceive = false
	return true
}
