package core

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/banter-im/banter/internal/wire"
)

// sorting is the body of the commands that sort conversations.
type sorting struct {
	IDs     []string `json:"conversation_id_array"`
	Mark    uint64   `json:"mark_type"`
	Enable  bool     `json:"enable_mark"`
	Data    string   `json:"custom_data"`
	Name    string   `json:"group_name"`
	Old     string   `json:"old_name"`
	New     string   `json:"new_name"`
	ConvID  string   `json:"conv_id"`
	Message bool     `json:"clear_message"`
}

// answerSort does a command that sorts conversations, and says whether it is one. The
// event comes before the answer.
func (s *chatServer) answerSort(l *fakeLink, r wire.Request) bool {
	var body sorting
	_ = json.Unmarshal(r.Body, &body)
	switch r.Cmd {
	case wire.CmdGetConversation:
		c := wire.Conversation{ConvType: 1, ConvID: body.ConvID}
		if nick := s.nicks[body.ConvID]; nick != "" {
			c.Peer = &wire.SenderProfile{User: body.ConvID, Nick: nick}
		}
		l.answer(r, c)
		return true
	case wire.CmdDeleteConversations:
		s.deleteAll(l, r, body.IDs, body.Message)
		return true
	}
	change := wire.LabelsChange{Rev: s.rev + 1, GroupsChanged: s.changesGroups(r.Cmd, body)}
	each := s.change(r.Cmd, body)
	if each == nil && !change.GroupsChanged {
		return false
	}
	s.rev++
	results := []wire.ConvResult{}
	for _, id := range body.IDs {
		c := s.of(strings.TrimPrefix(id, "c2c_"))
		each(c)
		c.Rev = s.rev
		results = append(results, wire.ConvResult{ConvID: id})
		change.Conversations = append(change.Conversations, wire.ConvLabels{ConvType: 1, ConvID: c.ConvID, Marks: c.Marks, Custom: c.Custom, Groups: c.Groups})
	}
	if change.GroupsChanged {
		change.Groups = s.groups
	}
	l.event(wire.EventConversationsSorted, change)
	l.answer(r, wire.Sorted{Results: results, Change: &change})
	return true
}

// changesGroups does what a command does to the groups there are, and says whether it is such a one.
func (s *chatServer) changesGroups(cmd string, body sorting) bool {
	s.groups = slices.Clone(s.groups)
	switch cmd {
	case wire.CmdCreateConvGroup:
		s.groups = append(s.groups, wire.ConvGroup{ID: s.rev + 1, Name: body.Name})
	case wire.CmdDeleteConvGroup:
		s.groups = slices.DeleteFunc(s.groups, func(g wire.ConvGroup) bool { return g.Name == body.Name })
	case wire.CmdRenameConvGroup:
		for i := range s.groups {
			if s.groups[i].Name == body.Old {
				s.groups[i].Name = body.New
			}
		}
	default:
		return false
	}
	return true
}

// change is what a command does to each conversation.
func (s *chatServer) change(cmd string, body sorting) func(*wire.Conversation) {
	switch cmd {
	case wire.CmdMarkConversations:
		return func(c *wire.Conversation) {
			if c.Marks &^= body.Mark; body.Enable {
				c.Marks |= body.Mark
			}
		}
	case wire.CmdSetCustomData:
		return func(c *wire.Conversation) { c.Custom = body.Data }
	case wire.CmdCreateConvGroup, wire.CmdAddToConvGroup:
		return func(c *wire.Conversation) { c.Groups = append(slices.Clone(c.Groups), s.group(body.Name)) }
	case wire.CmdDeleteFromConvGroup:
		return func(c *wire.Conversation) {
			c.Groups = slices.DeleteFunc(slices.Clone(c.Groups), func(id uint64) bool { return id == s.group(body.Name) })
		}
	}
	return nil
}

func (s *chatServer) group(name string) uint64 {
	for _, g := range s.groups {
		if g.Name == name {
			return g.ID
		}
	}
	return 0
}

func (s *chatServer) deleteAll(l *fakeLink, r wire.Request, ids []string, messages bool) {
	answer := wire.ConvListDeleted{}
	for _, id := range ids {
		c := s.of(strings.TrimPrefix(id, "c2c_"))
		s.rev++
		c.Rev, c.DeletedPos, c.Unread, c.Last, c.ReadPos = s.rev, c.Pos, 0, nil, c.Pos
		if messages {
			c.ClearPos = c.Pos
		}
		answer.Results = append(answer.Results, wire.ConvResult{ConvID: id})
		answer.Conversations = append(answer.Conversations, *c)
	}
	l.answer(r, answer)
}
