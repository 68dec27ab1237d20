package talk

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/banter-im/banter/capi/harness/rig"
	"github.com/banter-im/banter/internal/timerr"
)

// What may come of calls while links and processes end. Anything else is wrong.
var (
	linkCodes = []timerr.Code{timerr.SDKNetDisconnect, timerr.SDKNetWaitAckTimeout, timerr.SDKNetWaitSendTimeout,
		timerr.SDKNetWaitSendTimeoutNoNetwork, timerr.SDKNetWaitAckTimeoutNoNetwork, timerr.SDKNotLoggedIn}
	raceCodes = map[string][]timerr.Code{
		"TIMMsgRevoke":        {20022, 20023},
		"TIMMsgModifyMessage": {8006, 20022, 20023, timerr.InvalidParameters}, // the device knows that it was recalled
		"TIMMsgListDelete":    {20022},
	}
)

// expect says whether a call succeeded, and whether it may have been refused.
func (d *device) expect(name string, l rig.Line) bool {
	code := timerr.Code(l.Code)
	if l.Code != 0 && !slices.Contains(raceCodes[name], code) && (d.run.calm || !slices.Contains(linkCodes, code)) {
		d.run.wrong("%s: %s was answered with %d %s", d.name, name, l.Code, l.Desc)
	}
	return l.Code == 0
}

var oneToOne = rig.NumberArg(1)

// then runs a call, and in a calm waits for its answer.
func (d *device) then(name string, done func(rig.Line), args ...rig.Arg) rig.Line {
	if !d.run.calm {
		return d.call(name, done, args...)
	}
	answered := make(chan struct{})
	l := d.call(name, func(l rig.Line) {
		done(l)
		close(answered)
	}, args...)
	if l.Result == 0 {
		<-answered // quiet bounds it
	}
	return l
}

// send sends a message.
func (d *device) send(to string) {
	one := d.run.model.Sends(d.user, to)
	d.mu.Lock()
	d.own[one] = true
	d.mu.Unlock()
	text := jsonOf(map[string]any{"message_elem_array": []any{map[string]any{"elem_type": 0, "text_elem_content": one.Saying("")}}})
	d.then("TIMMsgSendMessage", func(l rig.Line) { d.sent(one, l) }, rig.TextArg(to), oneToOne, rig.TextArg(text), rig.BufferArg)
}

// sent takes the answer to a message.
func (d *device) sent(one *Message, l rig.Line) {
	list, err := messagesOf("[" + l.JSON + "]")
	if err != nil || len(list) != 1 {
		d.run.wrong("%s: the answer to message %d is %q", d.name, one.Number, l.JSON)
		return
	}
	d.run.model.Named(one, list[0].key())
	kept := d.expect("TIMMsgSendMessage", l)
	if kept {
		d.run.model.Kept(one)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if kept {
		d.remember(list[0])
	} else {
		d.failures = append(d.failures, list[0])
	}
}

// sendAgain sends a message again that has failed.
func (d *device) sendAgain() {
	d.mu.Lock()
	if len(d.failures) == 0 {
		d.mu.Unlock()
		return
	}
	h := d.failures[0]
	d.failures = d.failures[1:]
	d.mu.Unlock()
	d.resend(h)
}

func (d *device) resend(h heard) {
	one := d.run.model.Find(h.key(), h.text())
	if one == nil {
		d.run.wrong("%s has %s as failed, which nobody sent", d.name, h.raw)
		return
	}
	d.run.figures.Count("acts", "resends")
	d.run.model.SendsAgain(one)
	d.then("TIMMsgSendMessage", func(l rig.Line) { d.sent(one, l) }, rig.TextArg(h.ConvID), oneToOne, rig.TextArg(string(h.raw)), rig.BufferArg)
}

// pick returns a message that the device has, which is wanted.
func (d *device) pick(random *rand.Rand, wanted func(heard) bool) (heard, *Message) {
	d.mu.Lock()
	var list []heard
	for _, h := range d.recent {
		if wanted(h) {
			list = append(list, h)
		}
	}
	d.mu.Unlock()
	if len(list) == 0 {
		return heard{}, nil
	}
	h := list[random.IntN(len(list))]
	return h, d.run.model.Find(h.key(), h.text())
}

func (d *device) recall(random *rand.Rand) {
	h, one := d.pick(random, func(h heard) bool { return h.Sender == d.user })
	if one == nil {
		return
	}
	d.run.model.Recalls(one)
	d.then("TIMMsgRevoke", func(l rig.Line) {
		if d.expect("TIMMsgRevoke", l) || l.Code == 20023 {
			d.run.model.Recalled(one)
		}
	}, rig.TextArg(h.ConvID), oneToOne, rig.TextArg(string(h.raw)))
}

func (d *device) modify(random *rand.Rand) {
	h, one := d.pick(random, func(heard) bool { return true })
	if one == nil {
		return
	}
	var object map[string]any
	if err := json.Unmarshal(h.raw, &object); err != nil {
		d.run.wrong("%s: %v", d.name, err)
		return
	}
	text := one.Saying(fmt.Sprint("by ", d.name, " ", random.Uint32()))
	object["message_elem_array"] = []any{map[string]any{"elem_type": 0, "text_elem_content": text}}
	d.run.model.Modifies(one, text)
	d.then("TIMMsgModifyMessage", func(l rig.Line) {
		if !d.expect("TIMMsgModifyMessage", l) {
			return
		}
		list, err := messagesOf("[" + l.JSON + "]")
		if err != nil || len(list) != 1 {
			d.run.wrong("%s: the answer to a modification is %q", d.name, l.JSON)
			return
		}
		d.run.model.Modified(one, text, list[0].Version)
		d.mu.Lock()
		defer d.mu.Unlock()
		d.remember(list[0])
	}, rig.TextArg(jsonOf(object)))
}

func (d *device) deleteOne(random *rand.Rand) {
	h, one := d.pick(random, func(heard) bool { return true })
	if one == nil {
		return
	}
	d.run.model.Deletes(one, d.user)
	d.then("TIMMsgListDelete", func(l rig.Line) {
		if d.expect("TIMMsgListDelete", l) {
			d.run.model.Deleted(one, d.user)
		}
	}, rig.TextArg(h.ConvID), oneToOne, rig.TextArg("["+string(h.raw)+"]"))
}

func (d *device) read(peer string) {
	done := d.run.model.Reads(Side{d.user, peer})
	d.then("TIMMsgReportReaded", func(l rig.Line) {
		if d.expect("TIMMsgReportReaded", l) {
			done()
		}
	}, rig.TextArg(peer), oneToOne, rig.NullArg)
}

// whole does something to a whole side, if nothing of the kind is being done. Of two at the
// same time nobody could say which came last.
func (d *device) whole(side Side, name string, begin func() (done func()), args ...rig.Arg) {
	lock := d.run.locks[side]
	if !lock.TryLock() {
		return
	}
	defer lock.Unlock()
	done := begin()
	l := d.do(name, append([]rig.Arg{rig.TextArg(side.Peer), oneToOne}, args...)...)
	if l.Code != gone && d.expect(name, l) {
		done()
	}
}

func (d *device) pin(peer string, pinned bool) {
	side := Side{d.user, peer}
	number := rig.NumberArg(0)
	if pinned {
		number = rig.NumberArg(1)
	}
	d.whole(side, "TIMConvPinConversation", func() func() { return d.run.model.Pins(side, pinned) }, number)
}

func (d *device) clear(peer string) {
	side := Side{d.user, peer}
	d.whole(side, "TIMMsgClearHistoryMessage", func() func() { return d.run.model.Clears(side) })
}

func (d *device) deleteConversation(peer string) {
	side := Side{d.user, peer}
	d.whole(side, "TIMConvDelete", func() func() {
		cleared, unpinned := d.run.model.Clears(side), d.run.model.Pins(side, false)
		return func() {
			cleared()
			unpinned()
		}
	})
}

// The acts of a device, with how often each is done.
var acts = []struct {
	name   string
	weight int
	do     func(d *device, random *rand.Rand, peer string)
}{
	{"send", 50, func(d *device, _ *rand.Rand, peer string) { d.send(peer) }},
	{"send again", 12, func(d *device, _ *rand.Rand, _ string) { d.sendAgain() }},
	{"read", 10, func(d *device, _ *rand.Rand, peer string) { d.read(peer) }},
	{"recall", 8, func(d *device, random *rand.Rand, _ string) { d.recall(random) }},
	{"modify", 8, func(d *device, random *rand.Rand, _ string) { d.modify(random) }},
	{"delete", 6, func(d *device, random *rand.Rand, _ string) { d.deleteOne(random) }},
	{"pin", 4, func(d *device, random *rand.Rand, peer string) { d.pin(peer, random.IntN(2) == 0) }},
	{"clear", 1, func(d *device, _ *rand.Rand, peer string) { d.clear(peer) }},
	{"delete conversation", 1, func(d *device, _ *rand.Rand, peer string) { d.deleteConversation(peer) }},
}

// act does one of them.
func (d *device) act(random *rand.Rand) {
	peer := d.run.users[random.IntN(len(d.run.users))]
	for peer == d.user {
		peer = d.run.users[random.IntN(len(d.run.users))]
	}
	sum := 0
	for _, a := range acts {
		sum += a.weight
	}
	at := random.IntN(sum)
	for _, a := range acts {
		if at -= a.weight; at < 0 {
			d.run.figures.Count("acts", a.name)
			a.do(d, random, peer)
			return
		}
	}
}

// backend does something by REST.
func (r *run) backend(random *rand.Rand) {
	n := r.nodes[random.IntN(len(r.nodes))]
	from := r.users[random.IntN(len(r.users))]
	to := r.users[random.IntN(len(r.users))]
	if from == to {
		return
	}
	switch random.IntN(4) {
	case 0:
		done := r.model.Reads(Side{from, to})
		if r.asked(n.rest("admin_set_msg_read", map[string]any{"Report_Account": from, "Peer_Account": to}, &struct{}{})) {
			done()
		}
	case 1:
		d := r.devices[random.IntN(len(r.devices))]
		if h, one := d.pick(random, func(h heard) bool { return h.Pos > 0 }); one != nil {
			r.recallByREST(n, h, one)
		}
	default:
		r.sendByREST(n, from, to, random)
	}
}

// asked says whether a REST call succeeded. A node may be killed under it.
func (r *run) asked(err error, may ...int) bool {
	if refused, is := err.(refusal); is && !slices.Contains(may, refused.ErrorCode) {
		r.wrong("REST: %v", err)
	}
	return err == nil
}

func (r *run) sendByREST(n *node, from, to string, random *rand.Rand) {
	one := r.model.Sends(from, to)
	body := map[string]any{"From_Account": from, "To_Account": to, "MsgRandom": random.Uint32(),
		"MsgBody": []any{map[string]any{"MsgType": "TIMTextElem", "MsgContent": map[string]any{"Text": one.Saying("")}}}}
	var answer struct{ MsgKey string }
	if !r.asked(n.rest("sendmsg", body, &answer)) {
		return
	}
	r.model.Named(one, keyOf(answer.MsgKey))
	r.model.Kept(one)
}

func (r *run) recallByREST(n *node, h heard, one *Message) {
	var object struct {
		Time int64 `json:"message_server_time"`
	}
	if err := json.Unmarshal(h.raw, &object); err != nil {
		r.wrong("%v", err)
		return
	}
	r.model.Recalls(one)
	body := map[string]any{"From_Account": one.From, "To_Account": one.To, "MsgKey": fmt.Sprintf("%s_%d", h.key(), object.Time)}
	if r.asked(n.rest("admin_msgwithdraw", body, &struct{}{}), 20022, 20023) {
		r.model.Recalled(one)
	}
}
