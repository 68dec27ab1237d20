package talk

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/banter-im/banter/capi/harness/rig"
)

// keyOf is SEQ_RANDOM of a MsgKey.
func keyOf(key string) string { return key[:max(0, strings.LastIndexByte(key, '_'))] }

// patiently asks until there is nothing wrong, and returns what was last.
func patiently(ask func() error) error {
	for deadline := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		err := ask()
		if err == nil || time.Now().After(deadline) {
			return err
		}
	}
}

// quiet waits until all agree, and holds that to the model.
func (r *run) quiet() {
	r.each(func(d *device) error {
		d.do("TIMMsgDoForeground") // nobody waits for the time of the next dial
		return patiently(func() error {
			if waiting := d.puppet.Unanswered(); len(waiting) > 0 {
				return fmt.Errorf("%s: %v were not answered", d.name, waiting)
			}
			return nil
		})
	})
	var truths map[Side]Truth
	err := patiently(func() error {
		var err error
		if truths, err = r.truths(); err != nil {
			return err
		}
		for _, d := range r.devices {
			if err := d.agrees(truths); err != nil {
				return err
			}
		}
		again, err := r.truths()
		if err == nil && !reflect.DeepEqual(truths, again) {
			err = fmt.Errorf("the server still changes")
		}
		return err
	})
	if err != nil {
		r.wrong("at a quiet point: %v", err)
	}
	for _, wrong := range r.model.Judge(truths) {
		r.wrong("%s", wrong)
	}
	r.settlePins()
	for _, d := range r.devices {
		for _, wrong := range d.judge(truths) {
			r.wrong("%s: %s", d.name, wrong)
		}
	}
	r.figures.Count("checks", "quiet points")
}

// truths asks a node, by REST, for all sides.
func (r *run) truths() (map[Side]Truth, error) {
	all := map[Side]Truth{}
	for side := range r.locks {
		n := r.nodes[len(all)%len(r.nodes)]
		messages, err := n.roaming(side)
		if err != nil {
			return nil, err
		}
		var unread struct {
			C2CUnreadMsgNumList []struct{ C2CUnreadMsgNum int }
		}
		body := map[string]any{"To_Account": side.User, "Peer_Account": []string{side.Peer}}
		if err := n.rest("get_c2c_unread_msg_num", body, &unread); err != nil {
			return nil, err
		}
		all[side] = Truth{messages, unread.C2CUnreadMsgNumList[0].C2CUnreadMsgNum}
	}
	return all, nil
}

// roaming reads a whole history by REST, page by page.
func (n *node) roaming(side Side) ([]Seen, error) {
	var all []Seen
	body := map[string]any{"Operator_Account": side.User, "Peer_Account": side.Peer, "MaxCnt": 100, "MinTime": 0, "MaxTime": time.Now().Unix() + 60}
	for {
		var page struct {
			Complete    int
			LastMsgTime int64
			LastMsgKey  string
			MsgList     []struct {
				From    string `json:"From_Account"`
				MsgKey  string
				Flags   int `json:"MsgFlagBits"`
				MsgBody []struct{ MsgContent struct{ Text string } }
			}
		}
		if err := n.rest("admin_getroammsg", body, &page); err != nil {
			return nil, err
		}
		var list []Seen
		for _, m := range page.MsgList {
			s := Seen{Key: keyOf(m.MsgKey), From: m.From, Recalled: m.Flags == 8}
			if !s.Recalled && len(m.MsgBody) > 0 {
				s.Text = m.MsgBody[0].MsgContent.Text
			}
			list = append(list, s)
		}
		all = append(list, all...)
		if page.Complete == 1 {
			return all, nil
		}
		body["MaxTime"], body["LastMsgKey"] = page.LastMsgTime, page.LastMsgKey
	}
}

// listed is a conversation as a device lists it.
type listed struct {
	ID     string `json:"conv_id"`
	Unread int    `json:"conv_unread_num"`
	Pinned bool   `json:"conv_is_pinned"`
	Last   *heard `json:"conv_last_msg"`
}

func (d *device) list() (map[string]listed, error) {
	l := d.do("TIMConvGetConvList")
	var list []listed
	if l.Code != 0 {
		return nil, fmt.Errorf("%s: TIMConvGetConvList: %d %s", d.name, l.Code, l.Desc)
	}
	err := json.Unmarshal([]byte(l.JSON), &list)
	byPeer := map[string]listed{}
	for _, one := range list {
		if _, twice := byPeer[one.ID]; twice {
			return nil, fmt.Errorf("%s lists %s twice", d.name, one.ID)
		}
		byPeer[one.ID] = one
	}
	return byPeer, err
}

// agrees compares what a device lists, and has in its history, with what the server has.
func (d *device) agrees(truths map[Side]Truth) error {
	list, err := d.list()
	if err != nil {
		return err
	}
	for side, truth := range truths {
		if side.User != d.user {
			continue
		}
		if err := d.agreesOn(list, side, truth); err != nil {
			return fmt.Errorf("%s with %s: %w", d.name, side.Peer, err)
		}
		for _, cloud := range []bool{true, false} {
			history, err := d.history(side.Peer, cloud)
			if err != nil {
				return fmt.Errorf("%s with %s: %w", d.name, side.Peer, err)
			}
			if err := same(truth.Messages, seenIn(history)); err != nil {
				return fmt.Errorf("%s with %s, from the server %v: %w", d.name, side.Peer, cloud, err)
			}
		}
		d.run.figures.Count("checks", "histories of devices")
	}
	return nil
}

func (d *device) agreesOn(list map[string]listed, side Side, truth Truth) error {
	one, there := list[side.Peer]
	switch {
	case one.Unread != truth.Unread:
		return fmt.Errorf("%d are unread, the server says %d", one.Unread, truth.Unread)
	case len(truth.Messages) > 0 && !there:
		return fmt.Errorf("it is not in the list")
	case one.Last != nil && one.Last.Status == failed:
		return nil // of this device alone
	case len(truth.Messages) == 0:
		if one.Last != nil {
			return fmt.Errorf("the last message is %+v, there should be none", one.Last.seen())
		}
		return nil
	}
	want := truth.Messages[len(truth.Messages)-1]
	if one.Last == nil || one.Last.seen() != want {
		return fmt.Errorf("the last message is %+v, it should be %+v", one.Last, want)
	}
	return nil
}

// history reads a whole history, page by page, the oldest first.
func (d *device) history(peer string, cloud bool) ([]heard, error) {
	var all []heard
	param := map[string]any{"msg_getmsglist_param_count": 50, "msg_getmsglist_param_is_ramble": cloud}
	for {
		l := d.do("TIMMsgGetMsgList", rig.TextArg(peer), oneToOne, rig.TextArg(jsonOf(param)))
		if l.Code != 0 {
			return nil, fmt.Errorf("TIMMsgGetMsgList: %d %s", l.Code, l.Desc)
		}
		page, err := messagesOf(l.JSON)
		if err != nil {
			return nil, err
		}
		for _, h := range page {
			all = append([]heard{h}, all...)
		}
		if len(page) < 50 {
			return all, nil
		}
		param["msg_getmsglist_param_last_msg"] = page[len(page)-1].raw
	}
}

// seenIn leaves out what the server does not have.
func seenIn(history []heard) (all []Seen) {
	for _, h := range history {
		if h.Status != failed {
			all = append(all, h.seen())
		}
	}
	return all
}

func same(want, got []Seen) error {
	for i, one := range want {
		if i >= len(got) {
			return fmt.Errorf("it ends before %+v", one)
		}
		if got[i] != one {
			return fmt.Errorf("message %d of %d is %+v, it should be %+v", i, len(want), got[i], one)
		}
	}
	if len(got) > len(want) {
		return fmt.Errorf("it goes on with %+v", got[len(want)])
	}
	return nil
}

// settlePins holds pins to the model, and devices to each other.
func (r *run) settlePins() {
	for _, d := range r.devices {
		list, err := d.list()
		if err != nil {
			r.wrong("%v", err)
			continue
		}
		for side := range r.locks {
			if side.User != d.user {
				continue
			}
			if err := r.model.SettlePin(side, list[side.Peer].Pinned); err != nil {
				r.wrong("on %s: %v", d.name, err)
			}
		}
	}
}

// judge says what is wrong with what a device has failed to send, or was told of.
func (d *device) judge(truths map[Side]Truth) (wrongs []string) {
	for side, truth := range truths {
		if side.User != d.user {
			continue
		}
		history, err := d.history(side.Peer, false)
		if err != nil {
			return append(wrongs, err.Error())
		}
		for _, h := range history {
			if one := d.run.model.Find(h.key(), h.text()); h.Status == failed && d.run.model.Has(d.user, one) {
				wrongs = append(wrongs, fmt.Sprintf("%q is shown as failed, and the server has it", h.text()))
			}
		}
		d.mu.Lock()
		for _, one := range d.run.model.Due(side, d.since, truth) {
			if !d.own[one] && !d.told[one.Key] {
				wrongs = append(wrongs, fmt.Sprintf("it was not told of message %d", one.Number))
			}
		}
		d.mu.Unlock()
	}
	return wrongs
}

// sendFailures has every device send again what its history shows as failed.
func (r *run) sendFailures() {
	r.calm = true
	defer func() { r.calm = false }()
	for _, d := range r.devices {
		d.mu.Lock()
		d.failures = nil
		d.mu.Unlock()
		for side := range r.locks {
			if side.User != d.user {
				continue
			}
			history, err := d.history(side.Peer, false)
			if err != nil {
				r.wrong("%s: %v", d.name, err)
			}
			for _, h := range history {
				if h.Status == failed {
					d.resend(h)
				}
			}
		}
	}
}
