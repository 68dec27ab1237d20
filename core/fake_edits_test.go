package core

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing/synctest"
	"time"

	"github.com/banter-im/banter/internal/wire"
)

// answerEdit does what is about what messages say, and about who has read them.
func (s *chatServer) answerEdit(l *fakeLink, r wire.Request) {
	var body struct {
		wire.Modification
		Positions []uint64 `json:"positions"`
	}
	_ = json.Unmarshal(r.Body, &body)
	s.asked = append(s.asked, fmt.Sprint(r.Cmd, " ", body.Positions))
	kept := s.messages[body.ConvID]
	switch r.Cmd {
	case wire.CmdModify:
		m := kept[body.Pos-1]
		if m.Status == 6 {
			l.refuse(r, 20023)
			return
		}
		outdated := m.Edition != body.Edition
		if !outdated {
			m = s.modifies(body.ConvID, body.Pos, body.Elements)
		}
		l.answer(r, wire.Modified{Message: m, Outdated: outdated})
	case wire.CmdSendReceipts:
		l.answer(r, s.receipts(body.ConvID, s.user, body.Positions...))
	case wire.CmdGetReceipts:
		list := []wire.Receipt{}
		for _, m := range kept {
			if slices.Contains(body.Positions, m.Pos) {
				list = append(list, wire.Receipt{Pos: m.Pos, Version: m.Version, Readers: m.Readers, ReadTime: m.ReadTime})
			}
		}
		l.answer(r, list)
	}
}

// modifies has a message say something else, and returns it as it is then.
func (s *chatServer) modifies(peer string, pos uint64, elements []json.RawMessage) wire.Message {
	m := &s.messages[peer][pos-1]
	m.Elements = elements
	m.Edition++
	return s.changed(peer, m)
}

// changed numbers a message's change.
func (s *chatServer) changed(peer string, m *wire.Message) wire.Message {
	c := s.of(peer)
	c.Mod++
	m.Version = c.Mod
	if c.Last != nil && c.Last.Pos == m.Pos {
		last := *m
		c.Last = &last
	}
	return *m
}

// receipts notes that somebody has read messages of a conversation, and returns what is news.
func (s *chatServer) receipts(peer, by string, places ...uint64) wire.Receipts {
	news := wire.Receipts{User: by, ConvType: 1, ConvID: peer}
	if by != s.user {
		news.ConvID = s.user
	}
	for _, pos := range places {
		m := &s.messages[peer][pos-1]
		if m.Sender == by || m.Readers > 0 || m.Status == 6 {
			continue
		}
		m.Readers, m.ReadTime = 1, time.Now().Unix()
		s.changed(peer, m)
		news.Receipts = append(news.Receipts, wire.Receipt{Pos: pos, Version: m.Version, Readers: 1, ReadTime: m.ReadTime})
	}
	return news
}

func textElement(words string) []json.RawMessage {
	return []json.RawMessage{json.RawMessage(fmt.Sprintf(`{"elem_type":0,"text_elem_content":%q}`, words))}
}

// aMessage returns one of the messages with a peer that was not recalled, or a zero one.
func (l *life) aMessage(peer string) (m wire.Message) {
	if n := len(l.server.messages[peer]); n > 0 {
		m = l.server.messages[peer][l.random.IntN(n)]
	}
	if m.Status == 6 {
		return wire.Message{}
	}
	return m
}

// edited has somebody else modify a message; the event that tells of it may be lost.
func (l *life) edited(peer string) {
	var m wire.Message
	l.server.set(func() {
		if m = l.aMessage(peer); m.Pos > 0 {
			m = l.server.modifies(peer, m.Pos, textElement(nameOf(m)+fmt.Sprint("/", m.Edition+1)))
		}
	})
	if m.Pos > 0 && l.random.IntN(4) > 0 {
		l.link().event(wire.EventMessageChanged, m)
	}
}

// nameOf is what a message said first.
func nameOf(m wire.Message) string { return m.MsgID[len(m.Sender)+1:] }

// modifies has this device modify the newest message that it has, which another may have
// modified meanwhile.
func (l *life) modifies(peer, text string) {
	var newest []message
	l.c.History(1, peer, `{"msg_getmsglist_param_count":1}`, func(_ error, text string) { _ = json.Unmarshal([]byte(text), &newest) })
	synctest.Wait()
	if len(newest) == 0 || newest[0].Status != 2 {
		return
	}
	m := newest[0]
	m.Elements = textElement(m.MsgID[len(m.Sender)+1:] + "/" + text)
	l.c.Modify(textOf(m), func(error, string) {})
	synctest.Wait()
}

// receipt has somebody read a message: the user, or the other one, whose event may be lost.
func (l *life) receipt(peer string) {
	var m wire.Message
	var news wire.Receipts
	l.server.set(func() {
		if m = l.aMessage(peer); m.Sender == "ann" {
			news = l.server.receipts(peer, peer, m.Pos)
		}
	})
	switch {
	case m.Pos == 0:
	case m.Sender != "ann":
		l.c.SendReceipts(fmt.Sprintf(`[{"message_conv_id":%q,"message_conv_type":1,"message_unique_id":%d}]`, peer, m.Pos), func(error, string) {})
	case l.random.IntN(4) > 0:
		l.link().event(wire.EventReceipts, news)
	}
}
