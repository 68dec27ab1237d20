package core

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

func (g *fakeGame) ExtensionsChanged(message, list string) bool {
	return g.hearIfRoom("set %s %s", message, extensionsIn(list))
}

func (g *fakeGame) ExtensionsDeleted(message, list string) bool {
	return g.hearIfRoom("deleted %s %s", message, list)
}

func (g *fakeGame) ReactionsChanged(list string) bool {
	var all []reactionChange
	if err := json.Unmarshal([]byte(list), &all); err != nil {
		return g.hearIfRoom("reactions %v", err)
	}
	texts := []string{}
	for _, one := range all {
		texts = append(texts, one.MsgID+reactionsIn(one.Reactions))
	}
	return g.hearIfRoom("reactions %s", strings.Join(texts, ", "))
}

func extensionsIn(list string) string {
	var all []extension
	if err := json.Unmarshal([]byte(list), &all); err != nil {
		return err.Error()
	}
	texts := []string{}
	for _, e := range all {
		texts = append(texts, e.Key+"="+e.Value)
	}
	return strings.Join(texts, " ")
}

func reactionsIn(list []reaction) (text string) {
	for _, r := range list {
		text += fmt.Sprintf(" %s:%d", r.ID, r.Total)
		if r.Mine {
			text += "!"
		}
	}
	return text
}

// fakeExtras are the extensions and reactions of a message.
type fakeExtras struct {
	seq        uint64
	extensions map[string]wire.Extension
	reactions  map[string][]string
	mods       map[string]uint64 // of each, at its last change
}

func (s *chatServer) extrasOf(peer string, pos uint64) *fakeExtras {
	key := fmt.Sprint(peer, " ", pos)
	if s.extras == nil {
		s.extras = map[string]*fakeExtras{}
	}
	if s.extras[key] == nil {
		s.extras[key] = &fakeExtras{extensions: map[string]wire.Extension{}, reactions: map[string][]string{}, mods: map[string]uint64{}}
	}
	return s.extras[key]
}

// writes has the server keep an extension that somebody writes, and returns the event.
func (s *chatServer) writes(peer string, pos uint64, by, key, value string, deleted bool) wire.Extras {
	c, e := s.of(peer), s.extrasOf(peer, pos)
	c.Mod++
	e.seq++
	e.extensions[key] = wire.Extension{Key: key, Value: value, Seq: e.seq, Deleted: deleted}
	e.mods["e"+key] = c.Mod
	return s.extrasEvent(peer, pos, by, c.Mod-1, c.Mod)
}

// reacts does the same with a reaction.
func (s *chatServer) reacts(peer string, pos uint64, by, id string, remove bool) wire.Extras {
	c, e := s.of(peer), s.extrasOf(peer, pos)
	c.Mod++
	e.reactions[id] = slices.DeleteFunc(e.reactions[id], func(user string) bool { return user == by })
	if !remove {
		e.reactions[id] = append(e.reactions[id], by)
	}
	e.mods["r"+id] = c.Mod
	return s.extrasEvent(peer, pos, by, c.Mod-1, c.Mod)
}

// tells does something, and tells the device of it.
func (s *chatServer) tells(do func() wire.Extras) {
	var v wire.Extras
	s.set(func() { v = do() })
	s.link.event(wire.EventExtras, v)
}

// extrasEvent is what has changed of a message after since and up to mod.
func (s *chatServer) extrasEvent(peer string, pos uint64, by string, since, mod uint64) wire.Extras {
	e := s.extrasOf(peer, pos)
	v := wire.Extras{User: by, ConvType: 1, ConvID: peer, Pos: pos, MsgID: s.messages[peer][pos-1].MsgID}
	if by != s.user {
		v.ConvID = s.user
	}
	for key, one := range e.extensions {
		if at := e.mods["e"+key]; at > since && at <= mod {
			v.Extensions, v.Mod = append(v.Extensions, one), max(v.Mod, at)
		}
	}
	for id, users := range e.reactions {
		if at := e.mods["r"+id]; at > since && at <= mod {
			v.Reactions, v.Mod = append(v.Reactions, s.reactionOf(id, users)), max(v.Mod, at)
		}
	}
	return v
}

func (s *chatServer) reactionOf(id string, users []string) wire.Reaction {
	r := wire.Reaction{ID: id, Total: len(users), UserIDs: users, Users: []wire.SenderProfile{}}
	for _, user := range users {
		r.Users = append(r.Users, wire.SenderProfile{User: user})
	}
	return r
}

func (s *chatServer) changedExtras(peer string, since uint64) (list []wire.Extras) {
	for i, m := range s.messages[peer] {
		if v := s.extrasEvent(peer, uint64(i+1), s.user, since, s.of(peer).Mod); v.Mod > 0 && m.Status != 6 {
			list = append(list, v)
		}
	}
	return list
}

// answerExtras does a command about extensions or reactions.
func (s *chatServer) answerExtras(l *fakeLink, r wire.Request) {
	var body struct {
		ConvID     string           `json:"conv_id"`
		Pos        uint64           `json:"pos"`
		Positions  []uint64         `json:"positions"`
		ID         string           `json:"reaction_id"`
		Extensions []wire.Extension `json:"extensions"`
		Next       uint64           `json:"next_seq"`
		Count      int              `json:"count"`
	}
	_ = json.Unmarshal(r.Body, &body)
	s.asked = append(s.asked, r.Cmd)
	if s.refuse != 0 {
		l.refuse(r, s.refuse)
		return
	}
	answer, code := any(nil), timerr.Code(0)
	switch r.Cmd {
	case wire.CmdSetExtensions, wire.CmdDeleteExtensions:
		answer = s.answerWrite(body.ConvID, body.Pos, body.Extensions, r.Cmd == wire.CmdDeleteExtensions)
	case wire.CmdGetExtensions:
		answer = s.extensionsOf(body.ConvID, body.Pos)
	case wire.CmdAddReaction, wire.CmdRemoveReaction:
		remove := r.Cmd == wire.CmdRemoveReaction
		if slices.Contains(s.extrasOf(body.ConvID, body.Pos).reactions[body.ID], s.user) != remove {
			code = map[bool]timerr.Code{false: timerr.SvrMsgReactionAlreadyContainUser, true: timerr.SvrMsgReactionNotContainUser}[remove]
			break
		}
		l.event(wire.EventExtras, s.reacts(body.ConvID, body.Pos, s.user, body.ID, remove))
	case wire.CmdGetReactions:
		answer = s.reactionsOf(body.ConvID, body.Positions)
	case wire.CmdGetReactionUsers:
		answer = wire.ReactionUsers{Users: []wire.SenderProfile{{User: "bob"}}, NextSeq: body.Next + uint64(body.Count)}
	}
	switch {
	case s.deaf:
	case code != 0:
		l.refuse(r, code)
	default:
		l.answer(r, answer)
	}
}

func (s *chatServer) reactionsOf(peer string, places []uint64) []wire.MessageReactions {
	list := []wire.MessageReactions{}
	for _, pos := range places {
		one := wire.MessageReactions{Pos: pos, Reactions: []wire.Reaction{}}
		for id, users := range s.extrasOf(peer, pos).reactions {
			one.Reactions = append(one.Reactions, s.reactionOf(id, users))
		}
		list = append(list, one)
	}
	return list
}

func (s *chatServer) answerWrite(peer string, pos uint64, list []wire.Extension, remove bool) []wire.ExtensionResult {
	results := []wire.ExtensionResult{}
	for _, one := range list {
		now, there := s.extrasOf(peer, pos).extensions[one.Key]
		there = there && !now.Deleted
		switch {
		case remove && !there:
			results = append(results, wire.ExtensionResult{Code: timerr.SvrMsgExtensionNotExist, Item: wire.Extension{Key: one.Key, Deleted: true}})
			continue
		case !remove && there && now.Value == one.Value:
		case there && now.Seq != one.Seq || !there && one.Seq != 0:
			results = append(results, wire.ExtensionResult{Code: timerr.SvrMsgExtensionConflict, Item: now})
			continue
		default:
			s.link.event(wire.EventExtras, s.writes(peer, pos, s.user, one.Key, one.Value, remove))
		}
		results = append(results, wire.ExtensionResult{Item: s.extrasOf(peer, pos).extensions[one.Key]})
	}
	return results
}

func (s *chatServer) extensionsOf(peer string, pos uint64) wire.ExtensionsList {
	list := wire.ExtensionsList{Extensions: []wire.Extension{}, Seq: s.extrasOf(peer, pos).seq}
	for _, one := range s.extrasOf(peer, pos).extensions {
		if !one.Deleted {
			list.Extensions = append(list.Extensions, one)
		}
	}
	slices.SortFunc(list.Extensions, func(a, b wire.Extension) int { return int(a.Seq) - int(b.Seq) })
	return list
}
