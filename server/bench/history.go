package bench

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/wire"
)

// historySettings are what history has besides Config.
type historySettings struct {
	messages, page int
}

const (
	maxHistory = 100_000
	oneTime    = 2 * time.Second // from the first to the last second that a page by time asks for
)

// history has the two users of one conversation read pages of it: the newest one, one from a
// place on, and one of a time, in turn.
func history() Scenario {
	var set historySettings
	return Scenario{
		Name:  "history",
		About: "two users read pages of the conversation that they have",
		Flags: func(c *Config, flags *flag.FlagSet) {
			flags.IntVar(&set.messages, "messages", 1000, "so many the conversation has at least: what it lacks is sent first")
			flags.IntVar(&set.page, "page", 20, "so many are asked for")
			flags.Float64Var(&c.Rate, "rate", 200, "so many pages are asked for in a `second`, whatever becomes of those before")
			c.DurationFlag(flags, 10*time.Second)
		},
		Check: func(c *Config) error {
			if c.Rate == 0 {
				return errors.New("--rate is 0: nothing would be read")
			}
			return errors.Join(within("messages", set.messages, 1, maxHistory), within("page", set.page, 1, wire.MaxMessagesPage))
		},
		run: func(r *run) error { return (&historyLoad{run: r, historySettings: set}).pass() },
	}
}

// historyLoad is a run of history.
type historyLoad struct {
	run *run
	historySettings
	links [2]*link

	first, last wire.Message // of the conversation, when the load begins
}

func (h *historyLoad) pass() error {
	r := h.run
	r.tickets.prepare(len(h.links))
	links, err := r.holdLinks(0, len(h.links))
	if err != nil {
		return err
	}
	copy(h.links[:], links)
	if err := h.prepare(); err != nil {
		return fmt.Errorf("prepare the conversation: %w", err)
	}
	window, err := r.watch()
	if err != nil {
		return err
	}
	took := r.load(h.once)
	done := r.counted("pages")
	r.figure("pages_per_second", float64(done)/took.Seconds())
	if done == 0 && r.ctx.Err() == nil {
		r.broken("no page could be read")
	}
	return window.end("page", done)
}

// prepare sends what the conversation lacks, and looks at its ends.
func (h *historyLoad) prepare() error {
	newest, err := h.read(0, wire.MessagesRange{Count: 1, NewestFirst: true})
	if err != nil {
		return err
	}
	if lacking := h.messages - int(newest.Pos); lacking > 0 {
		h.run.say("%d messages are sent first", lacking)
		if err := h.fill(lacking); err != nil {
			return err
		}
		if newest, err = h.read(0, wire.MessagesRange{Count: 1, NewestFirst: true}); err != nil {
			return err
		}
	}
	oldest, err := h.read(0, wire.MessagesRange{Count: 1})
	if err != nil {
		return err
	}
	if len(oldest.Messages) != 1 || len(newest.Messages) != 1 {
		return errors.New("its ends are not there")
	}
	h.first, h.last = oldest.Messages[0], newest.Messages[0]
	h.run.count("messages", int64(h.last.Pos))
	return nil
}

// fillAtATime is how many messages are on their way while the conversation is filled.
const fillAtATime = 64

// fill has both users send until so many more messages are there.
func (h *historyLoad) fill(lacking int) error {
	load := &messageLoad{text: strings.Repeat("x", usualBody), began: time.Now().Unix(), salt: uint64(rand.Uint32())}
	var left atomic.Int64
	left.Store(int64(lacking))
	var failed atomic.Pointer[error]
	var all sync.WaitGroup
	for i, l := range h.links {
		pair := &messagePair{load: load, sender: l, userID: h.run.user(l.n), to: h.run.user(h.links[1-i].n)}
		var number atomic.Uint64
		for range fillAtATime / len(h.links) {
			all.Go(func() {
				for left.Add(-1) >= 0 && failed.Load() == nil && h.run.ctx.Err() == nil {
					seq := number.Add(1)
					_, err := l.awaitText(func(id uint64) []byte { return pair.request(nil, id, seq) })
					if err != nil {
						failed.CompareAndSwap(nil, &err)
					}
				}
			})
		}
	}
	all.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	return nil
}

// once asks for the next kind of page.
func (h *historyLoad) once(n int, due time.Time) {
	kinds := [...]func() (string, wire.MessagesRange){h.newest, h.place, h.time}
	name, asked := kinds[n%len(kinds)]()
	page, err := h.read(n, asked)
	switch {
	case err == nil:
		h.run.timing(name).since(due)
		h.run.count("pages", 1)
		h.check(name, asked, page)
	case h.run.ctx.Err() == nil:
		h.run.failed(err)
	}
}

func (h *historyLoad) newest() (string, wire.MessagesRange) {
	return "newest", wire.MessagesRange{Count: h.page, NewestFirst: true}
}

// place is a page from any place on that is there.
func (h *historyLoad) place() (string, wire.MessagesRange) {
	most := h.last.Pos - h.first.Pos + 1
	from := h.first.Pos + rand.Uint64N(most-min(uint64(h.page), most)+1)
	return "by_seq", wire.MessagesRange{FromPos: from, Count: h.page}
}

// time is a page of any time in which messages were sent.
func (h *historyLoad) time() (string, wire.MessagesRange) {
	from := h.first.ServerTime + rand.Int64N(h.last.ServerTime-h.first.ServerTime+1)
	return "by_time", wire.MessagesRange{FromTime: from, ToTime: from + int64(oneTime.Seconds()), Count: h.page}
}

// check holds a page to what was asked for.
func (h *historyLoad) check(name string, asked wire.MessagesRange, page wire.MessagesPage) {
	before := wire.Message{}
	for i, m := range page.Messages {
		if i > 0 && (m.Pos > before.Pos) == asked.NewestFirst || m.Pos == before.Pos {
			h.run.broken("the messages of a page are in another order")
		}
		if m.Pos < asked.FromPos || m.ServerTime < asked.FromTime || asked.ToTime > 0 && m.ServerTime > asked.ToTime {
			h.run.broken("a page has a message that is not of the part that was asked for")
		}
		before = m
	}
	most := int(min(uint64(asked.Count), h.last.Pos-h.first.Pos+1))
	if len(page.Messages) > asked.Count || name != "by_time" && len(page.Messages) < most {
		h.run.broken(fmt.Sprintf("a page of %d messages was asked for that were there, and had another number", most))
	}
}

// read asks for a page, one user as much as the other.
func (h *historyLoad) read(n int, asked wire.MessagesRange) (page wire.MessagesPage, err error) {
	l := h.links[n%len(h.links)]
	asked.ConvType, asked.ConvID = int(tim.ConvTypeC2C), h.run.user(h.links[(n+1)%len(h.links)].n)
	frame, err := l.await(wire.CmdGetMessages, asked)
	if err == nil {
		err = json.Unmarshal(frame.Body, &page)
	}
	return page, err
}
