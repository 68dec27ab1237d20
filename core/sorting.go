package core

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// listed reads a list of conversations, such as ["c2c_bob"]. What is wrong with a single one the
// server says.
func listed(text string) ([]string, error) {
	var names []string
	if json.Unmarshal([]byte(text), &names) != nil {
		return nil, timerr.Newf(timerr.InvalidParameters, "conversation_id_array is no array of strings")
	}
	return names, nil
}

// keyIn is the conversation of a list's name.
func keyIn(name string) (key convKey, ok bool) {
	if id, c2c := strings.CutPrefix(name, "c2c_"); c2c {
		return convKey{int(tim.ConvTypeC2C), id}, true
	}
	id, group := strings.CutPrefix(name, "group_")
	return convKey{int(tim.ConvTypeGroup), id}, group
}

// sort sends a command about a list of conversations, and answers with the result of each.
func (c *Client) sort(names, cmd string, body func([]string) any, done Done) {
	c.chat(done, true, func(m *messenger, done Done) {
		list, err := listed(names)
		if err != nil {
			done(err, "")
			return
		}
		m.askSorted(cmd, body(list), true, func(v wire.Sorted, err error) {
			if err != nil {
				done(err, "")
				return
			}
			done(nil, textOf(v.Results))
		})
	})
}

// askSorted takes over what a command has changed, and then runs then.
func (m *messenger) askSorted(cmd string, body any, again bool, then func(wire.Sorted, error)) {
	askFor(m, cmd, body, again, func(v wire.Sorted, err error) {
		if err == nil && v.Change != nil {
			m.labelsChanged(*v.Change)
		}
		then(v, err)
		m.tell()
	})
}

// MarkConversations sets or clears marks.
func (c *Client) MarkConversations(names string, mark uint64, enable bool, done Done) {
	c.sort(names, wire.CmdMarkConversations, func(list []string) any {
		return wire.ConvMarking{ConvIDs: list, Mark: mark, Enable: enable}
	}, done)
}

// SetCustomData keeps a text of the game's with conversations.
func (c *Client) SetCustomData(names, data string, done Done) {
	c.sort(names, wire.CmdSetCustomData, func(list []string) any {
		return wire.ConvCustomData{ConvIDs: list, Data: data}
	}, done)
}

// CreateConversationGroup makes a conversation group.
func (c *Client) CreateConversationGroup(name, names string, done Done) {
	c.group(wire.CmdCreateConvGroup, name, names, done)
}

// AddToConversationGroup puts conversations into a group.
func (c *Client) AddToConversationGroup(name, names string, done Done) {
	c.group(wire.CmdAddToConvGroup, name, names, done)
}

// DeleteFromConversationGroup takes conversations out of a group.
func (c *Client) DeleteFromConversationGroup(name, names string, done Done) {
	c.group(wire.CmdDeleteFromConvGroup, name, names, done)
}

func (c *Client) group(cmd, name, names string, done Done) {
	c.sort(names, cmd, func(list []string) any { return wire.ConvGrouping{Name: name, ConvIDs: list} }, done)
}

// DeleteConversationGroup ends a group. Its conversations stay.
func (c *Client) DeleteConversationGroup(name string, done Done) {
	c.changeGroup(wire.CmdDeleteConvGroup, wire.ConvGrouping{Name: name}, done)
}

// RenameConversationGroup gives a group another name.
func (c *Client) RenameConversationGroup(name, newName string, done Done) {
	c.changeGroup(wire.CmdRenameConvGroup, wire.ConvGroupRenaming{OldName: name, NewName: newName}, done)
}

// changeGroup sends what cannot be sent twice: the second time there is no such group.
func (c *Client) changeGroup(cmd string, body any, done Done) {
	c.chat(done, true, func(m *messenger, done Done) {
		m.askSorted(cmd, body, false, func(_ wire.Sorted, err error) { done(err, "") })
	})
}

// ConversationGroups reads the names of the groups, in the order in which they were made.
func (c *Client) ConversationGroups(done Done) {
	c.chat(done, false, func(m *messenger, done Done) {
		ids := make([]uint64, 0, len(m.groups))
		for id := range m.groups {
			ids = append(ids, id)
		}
		slices.Sort(ids)
		done(nil, textOf(m.namesOf(ids)))
	})
}

// DeleteConversations deletes conversations for the user, with their messages or without.
func (c *Client) DeleteConversations(names string, messages bool, done Done) {
	c.chat(done, true, func(m *messenger, done Done) {
		list, err := listed(names)
		if err != nil {
			done(err, "")
			return
		}
		body := wire.ConvListDeletion{ConvIDs: list, Messages: messages}
		askFor(m, wire.CmdDeleteConversations, body, true, func(v wire.ConvListDeleted, err error) {
			if err != nil {
				done(err, "")
				return
			}
			for _, one := range v.Conversations {
				m.merged(one)
			}
			for _, one := range v.Results {
				if key, ok := keyIn(one.ConvID); ok && one.Code == 0 {
					m.forget(key, messages)
				}
			}
			done(nil, textOf(v.Results))
			m.tell()
		})
	})
}

// forget takes from a conversation that was deleted what is on this device alone: with the
// messages those too that the server never had.
func (m *messenger) forget(key convKey, messages bool) {
	c := m.conversation(key)
	if c == nil {
		return
	}
	m.update(func() error {
		c.dropLocal()
		err := m.keep(c)
		if messages {
			err = first(err, m.cache.Clear(c.Number, c.ClearPos))
			m.refreshUnsent(c)
		}
		return err
	})
	m.news.hasChanged(c)
}

// CleanUnread says that the user has read a conversation, those of one kind ("c2c" or "group"),
// or all of them (""): up to a time, a group up to a place, or, where these are 0, all of it.
func (c *Client) CleanUnread(name string, until, seq uint64, done Done) {
	c.chat(done, true, func(m *messenger, done Done) {
		const maxSecond = 1 << 40
		if until > maxSecond {
			done(timerr.Newf(timerr.InvalidParameters, "clean_timestamp is no UNIX second"), "")
			return
		}
		all := wire.ReadAll{Time: int64(until)}
		key, one := keyIn(name)
		switch {
		case one && key.kind == int(tim.ConvTypeC2C):
			m.mark(wire.CmdReportRead, wire.ReadReport{ConvType: key.kind, ConvID: key.id, Time: int64(until)}, done)
		case one:
			m.mark(wire.CmdReportRead, wire.ReadReport{ConvType: key.kind, ConvID: key.id, Pos: seq}, done)
		case name == "c2c":
			all.ConvType = int(tim.ConvTypeC2C)
			m.reportAllRead(all, done)
		case name == "group":
			m.reportAllRead(wire.ReadAll{ConvType: int(tim.ConvTypeGroup)}, done)
		case name == "":
			m.reportAllRead(all, done)
		default:
			done(timerr.Newf(timerr.InvalidParameters, "conversation_id is neither c2c_ and a user's id, nor group_ and a group's, nor c2c, group or empty"), "")
		}
	})
}
