package core

import (
	"encoding/json"
	"slices"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// userInfo is a user who has reacted. The C API's document and its samples name the id
// differently: it is there under both keys.
type userInfo struct {
	wire.SenderProfile
	UserID string `json:"user_info_userid"`
}

func userInfos(users []wire.SenderProfile) []userInfo {
	list := make([]userInfo, len(users))
	for i, user := range users {
		list[i] = userInfo{user, user.User}
	}
	return list
}

// reaction is a reaction as the game has it.
type reaction struct {
	ID    string     `json:"message_reaction_id"`
	Total int        `json:"message_reaction_total_user_count"`
	Users []userInfo `json:"message_reaction_partial_user_info_array"`
	Mine  bool       `json:"message_reaction_reacted_by_myself"`
}

func (m *messenger) reactions(list []wire.Reaction) []reaction {
	found := []reaction{}
	for _, r := range list {
		found = append(found, reaction{r.ID, r.Total, userInfos(r.Users), r.Mine || slices.Contains(r.UserIDs, m.user)})
	}
	return found
}

// reactionResult is the reactions of one message.
type reactionResult struct {
	Code      timerr.Code `json:"message_reaction_result_code"`
	Info      string      `json:"message_reaction_result_info"`
	MsgID     string      `json:"message_reaction_result_msg_id"`
	Reactions []reaction  `json:"message_reaction_result_reaction_list"`
}

// reactionUsers is a page of the users of a reaction.
type reactionUsers struct {
	Users    []userInfo `json:"message_reaction_user_result_user_info_array"`
	NextSeq  uint64     `json:"message_reaction_user_result_next_seq"`
	Finished bool       `json:"message_reaction_user_result_is_finished"`
}

// AddReaction adds the user to a reaction of a message.
func (c *Client) AddReaction(message, id string, done Done) {
	c.react(wire.CmdAddReaction, message, id, []timerr.Code{timerr.SvrMsgReactionAlreadyContainUser}, done)
}

// RemoveReaction takes the user from a reaction of a message.
func (c *Client) RemoveReaction(message, id string, done Done) {
	c.react(wire.CmdRemoveReaction, message, id, []timerr.Code{timerr.SvrMsgReactionNotExists, timerr.SvrMsgReactionNotContainUser}, done)
}

// react sends a command that is sent again when its answer was lost: then one of the codes
// in before says that it was done the first time.
func (c *Client) react(cmd, message, id string, before []timerr.Code, done Done) {
	c.chat(done, true, func(m *messenger, done Done) {
		_, ref, _, err := m.pointed(json.RawMessage(message), "json_msg")
		if err != nil {
			done(err, "")
			return
		}
		body := wire.ReactionRef{ConvType: ref.ConvType, ConvID: ref.ConvID, Pos: ref.Pos, ID: id}
		var r *request
		r = m.ask(cmd, body, true, func(_ string, err error) {
			if r.resent && slices.Contains(before, timerr.CodeOf(err)) {
				err = nil
			}
			done(err, "")
		})
	})
}

// Reactions reads the reactions of messages of one conversation, each with the first of its
// users.
func (c *Client) Reactions(messages string, users int64, done Done) {
	c.chat(done, true, func(m *messenger, done Done) {
		if err := m.readReactions(messages, users, done); err != nil {
			done(err, "")
		}
	})
}

func (m *messenger) readReactions(messages string, users int64, done Done) error {
	var list []json.RawMessage
	if err := decode(messages, &list); err != nil {
		return err
	}
	switch {
	case len(list) == 0 || len(list) > wire.MaxReactionMessages:
		return timerr.Newf(timerr.InvalidParameters, "json_msg_array has %d messages, not 1 to %d", len(list), wire.MaxReactionMessages)
	case users < 0 || users > wire.MaxReactionUsers:
		return timerr.Newf(timerr.InvalidParameters, "max_user_count_per_reaction is %d, not 0 to %d", users, wire.MaxReactionUsers)
	}
	var body wire.ReactionsQuery
	ids := make([]string, len(list))
	for i, object := range list {
		_, ref, id, err := m.pointed(object, "json_msg_array")
		if err != nil {
			return err
		}
		if i > 0 && (ref.ConvType != body.ConvType || ref.ConvID != body.ConvID) {
			return timerr.Newf(timerr.InvalidParameters, "json_msg_array has messages of more than one conversation")
		}
		body.ConvType, body.ConvID, body.Positions = ref.ConvType, ref.ConvID, append(body.Positions, ref.Pos)
		ids[i] = id
	}
	body.Users = int(users)
	askFor(m, wire.CmdGetReactions, body, true, func(answers []wire.MessageReactions, err error) {
		results := []reactionResult{}
		for i, one := range answers[:min(len(answers), len(ids))] {
			results = append(results, reactionResult{one.Code, one.Desc, ids[i], m.reactions(one.Reactions)})
		}
		if err != nil {
			done(err, "")
			return
		}
		done(nil, textOf(results))
	})
	return nil
}

// ReactionUsers reads a page of the users of a reaction.
func (c *Client) ReactionUsers(message, id string, next uint64, count int64, done Done) {
	c.chat(done, true, func(m *messenger, done Done) {
		_, ref, _, err := m.pointed(json.RawMessage(message), "json_msg")
		if err == nil && (count < 1 || count > wire.MaxReactionUsersPage) {
			err = timerr.Newf(timerr.InvalidParameters, "count is %d, not 1 to %d", count, wire.MaxReactionUsersPage)
		}
		if err != nil {
			done(err, "")
			return
		}
		body := wire.ReactionUsersQuery{ConvType: ref.ConvType, ConvID: ref.ConvID, Pos: ref.Pos, ID: id, NextSeq: next, Count: int(count)}
		askFor(m, wire.CmdGetReactionUsers, body, true, func(page wire.ReactionUsers, err error) {
			if err != nil {
				done(err, "")
				return
			}
			done(nil, textOf(reactionUsers{userInfos(page.Users), page.NextSeq, page.Finished}))
		})
	})
}
