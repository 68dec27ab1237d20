package core

import (
	"encoding/json"
	"time"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// maxRequest is how much JSON a request may have.
const maxRequest = 1 << 20

// request is a call that one command answers.
type request struct {
	cmd      string
	body     json.RawMessage
	done     Done
	deadline time.Time
	again    bool   // is sent again on the next link when an answer did not come
	id       uint64 // 0: not sent on this link
	tried    bool   // was sent, on whichever link
	resent   bool   // its answer was lost with a link: it may have been done before
	ended    bool
}

func (r *request) end(err error, json string) {
	if !r.ended {
		r.ended = true
		r.body = nil
		r.done(err, json)
	}
}

// requests are the calls that wait for the link or for an answer. The loop owns them.
type requests struct {
	all     []*request // in the order of their calls; ended ones go when they are oldest
	waiting []*request // to be sent
	sent    map[uint64]*request
}

func (q *requests) add(r *request) {
	q.all = append(q.all, r)
	q.waiting = append(q.waiting, r)
}

// flush sends what waits for as long as link takes it.
func (q *requests) flush(link Link) {
	for len(q.waiting) > 0 {
		r := q.waiting[0]
		if !r.ended {
			id, err := link.Send(r.cmd, r.body)
			switch {
			case err == nil:
				r.id, r.tried = id, true
				q.sent[id] = r
			case refusedBySize(err):
				r.end(err, "")
			default: // full, or closing: they wait for room, or for the next link
				return
			}
		}
		q.waiting[0] = nil
		q.waiting = q.waiting[1:]
	}
	q.waiting = nil
}

func refusedBySize(err error) bool {
	code := timerr.CodeOf(err)
	return code == timerr.SDKNetPkgSizeLimit || code == timerr.InvalidJSON
}

// answer takes the server's answer to a request. One that comes too late finds nobody.
func (q *requests) answer(f wire.Frame) {
	r, ok := q.sent[f.ID]
	if !ok {
		return
	}
	delete(q.sent, f.ID)
	var err error
	if f.Code != timerr.Succ {
		err = &timerr.Error{Code: f.Code, Desc: f.Desc}
	}
	r.end(err, string(f.Body))
	q.trim()
}

// fail ends all requests.
func (q *requests) fail(err error) {
	all := q.all
	*q = requests{sent: map[uint64]*request{}}
	for _, r := range all {
		r.end(err, "")
	}
}

// lose ends what was sent on a link that is gone: whether the server did it is not known. What
// may be sent again waits for the next link, in its old place.
func (q *requests) lose(err error) {
	sent := len(q.sent) > 0
	clear(q.sent)
	if !sent {
		return
	}
	q.waiting = nil
	for _, r := range q.all {
		if r.id != 0 && !r.again {
			r.end(err, "")
		}
		r.resent = r.resent || r.id != 0
		if r.id = 0; !r.ended {
			q.waiting = append(q.waiting, r)
		}
	}
	q.trim()
}

// expire ends the requests whose time is up, and says when the next one's is: the zero
// time when there is none. It looks at all: they live equally long only until the game
// changes for how long.
func (q *requests) expire(now time.Time, linked bool) (next time.Time) {
	for _, r := range q.all {
		if r.ended {
			continue
		}
		if r.deadline.After(now) {
			if next.IsZero() || r.deadline.Before(next) {
				next = r.deadline
			}
			continue
		}
		delete(q.sent, r.id)
		r.end(timerr.New(lateCode(r.tried, linked)), "")
	}
	q.trim()
	return next
}

// lateCode is the code of a request whose time is up.
func lateCode(sent, linked bool) timerr.Code {
	switch {
	case sent:
		return timerr.SDKNetWaitAckTimeout
	case linked:
		return timerr.SDKNetWaitSendTimeout
	}
	return timerr.SDKNetWaitSendTimeoutNoNetwork
}

// trim forgets the oldest requests that have ended.
func (q *requests) trim() {
	for len(q.all) > 0 && q.all[0].ended {
		q.all[0] = nil
		q.all = q.all[1:]
	}
}
