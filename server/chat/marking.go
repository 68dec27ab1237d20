package chat

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// Codes of the service that the C API's own list does not have.
const (
	recallNotFound timerr.Code = 20022
	recalledBefore timerr.Code = 20023
	tooManyPinned  timerr.Code = 51012
)

// ReportRead notes that a's user has read a conversation, and tells the user's devices and
// the other one. Without a conversation there is nothing to be read.
func (s *Service) ReportRead(a *Attachment, report wire.ReadReport) (wire.Conversation, error) {
	conv, err := convOf(a.peer.App, a.ref.User, report.ConvType, report.ConvID)
	switch {
	case err != nil:
		return wire.Conversation{}, err
	case report.Pos > maxPos:
		return wire.Conversation{}, badMessage("pos is no place of a message")
	case report.Time < 0 || report.Time > maxTime:
		return wire.Conversation{}, badMessage("time is no UNIX second")
	}
	to := ReadTo{Pos: report.Pos}
	if report.Time > 0 {
		to.At = endOf(report.Time)
	}
	return s.readTo(conv, a.ref.User, to, a.origin())
}

func (s *Service) readTo(conv Conv, user string, to ReadTo, from Origin) (wire.Conversation, error) {
	to.Tell = s.readEvent(conv, user, from)
	ctx, cancel := s.storeContext()
	defer cancel()
	view, changed, err := s.store.ReadConversation(ctx, conv, user, to, time.Now())
	c, err := s.marked(conv, user, view, changed, err)
	if err == nil && changed {
		s.tellRead(view)
	}
	return c, err
}

// tellRead tells the other one of a one-to-one conversation how far it was read.
func (s *Service) tellRead(v View) {
	if v.Type != tim.ConvTypeC2C || v.IDFor(v.User) == v.User {
		return
	}
	s.tell(v.App, []string{v.IDFor(v.User)}, nil, wire.EventRead, wire.ReadEvent{User: v.User,
		ConvType: int(v.Type), ConvID: v.IDFor(v.User), ReadPos: v.ReadPos, ReadTime: secondsOf(v.ReadAt)})
}

// marked answers with what a view has become, and tells the user's devices if it changed.
func (s *Service) marked(conv Conv, user string, view View, changed bool, err error) (wire.Conversation, error) {
	if errors.Is(err, ErrNoConversation) {
		return wire.Conversation{ConvType: int(conv.Type), ConvID: conv.IDFor(user)}, nil
	}
	if err != nil {
		return wire.Conversation{}, s.messageStoreError("change a conversation", err)
	}
	c, err := conversationOf(view)
	if err == nil && changed {
		s.tell(conv.App, []string{user}, nil, wire.EventConversation, c)
	}
	return c, err
}

// ReadAll notes that a's user has read all conversations, or those of one type, and returns
// those that had not been.
func (s *Service) ReadAll(a *Attachment, asked wire.ReadAll) ([]wire.Conversation, error) {
	ctx, cancel := s.storeContext()
	defer cancel()
	if asked.Time < 0 || asked.Time > maxTime {
		return nil, badMessage("time is no UNIX second")
	}
	to := ReadTo{}
	if asked.Time > 0 {
		to.At = endOf(asked.Time)
	}
	unread, err := s.store.UnreadConversations(ctx, a.peer.App, a.ref.User)
	if err != nil {
		return nil, s.messageStoreError("look for unread conversations", err)
	}
	read := []wire.Conversation{}
	for _, v := range unread {
		if asked.ConvType != 0 && asked.ConvType != int(v.Type) {
			continue
		}
		c, err := s.readTo(v.Conv, a.ref.User, to, a.origin())
		if err != nil {
			return nil, err
		}
		read = append(read, c)
	}
	return read, nil
}

// ClearConversation takes from a's user all messages of a conversation, and, when remove is
// set, the conversation until there is a next message.
func (s *Service) ClearConversation(a *Attachment, ref wire.ConvRef, remove bool) (wire.Conversation, error) {
	conv, err := convOf(a.peer.App, a.ref.User, ref.ConvType, ref.ConvID)
	if err != nil {
		return wire.Conversation{}, err
	}
	return s.clear(conv, a.ref.User, Clearing{Messages: true, Conversation: remove})
}

func (s *Service) clear(conv Conv, user string, what Clearing) (wire.Conversation, error) {
	ctx, cancel := s.storeContext()
	defer cancel()
	view, changed, err := s.store.ClearConversation(ctx, conv, user, what)
	return s.marked(conv, user, view, changed, err)
}

// PinConversation pins a conversation for a's user, or no longer.
func (s *Service) PinConversation(a *Attachment, pin wire.Pin) (wire.Conversation, error) {
	conv, err := convOf(a.peer.App, a.ref.User, pin.ConvType, pin.ConvID)
	if err != nil {
		return wire.Conversation{}, err
	}
	var at time.Time
	if pin.IsPinned {
		at = time.Now()
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	view, changed, err := s.store.PinConversation(ctx, conv, a.ref.User, at, s.cfg.Messages.Pinned)
	if errors.Is(err, ErrTooManyPinned) {
		return wire.Conversation{}, timerr.Newf(tooManyPinned,
			"at most %d conversations can be pinned", s.cfg.Messages.Pinned)
	}
	return s.marked(conv, a.ref.User, view, changed, err)
}

// DeleteMessages takes single messages from a's user.
func (s *Service) DeleteMessages(a *Attachment, asked wire.MessagesDeletion) (wire.DeletedMessages, error) {
	conv, err := convOf(a.peer.App, a.ref.User, asked.ConvType, asked.ConvID)
	switch {
	case err != nil:
		return wire.DeletedMessages{}, err
	case len(asked.Positions) == 0 || len(asked.Positions) > wire.MaxDeleteMessages:
		return wire.DeletedMessages{}, badMessage("positions has %d messages, not 1 to %d", len(asked.Positions), wire.MaxDeleteMessages)
	}
	for _, pos := range asked.Positions {
		if pos > maxPos {
			return wire.DeletedMessages{}, badMessage("positions holds what is no place of a message")
		}
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	return s.hide(ctx, conv, a.ref.User, asked.Positions)
}

// hide takes messages from a user, and tells the user's devices.
func (s *Service) hide(ctx context.Context, conv Conv, user string, places []uint64) (wire.DeletedMessages, error) {
	hidden, view, err := s.store.HideMessages(ctx, conv, user, places)
	if errors.Is(err, ErrNoConversation) {
		return deletedOf(conv, user, []uint64{}, 0), nil
	}
	if err != nil {
		return wire.DeletedMessages{}, s.messageStoreError("delete messages", err)
	}
	deleted := deletedOf(conv, user, append([]uint64{}, hidden...), view.Rev)
	deleted.Unread, deleted.Pos, deleted.Mod = view.Unread, view.Pos, view.Mod
	if len(hidden) > 0 {
		s.tell(conv.App, []string{user}, nil, wire.EventMessagesDeleted, deleted)
	}
	return deleted, nil
}

// Revoke takes a message back that a's user has sent.
func (s *Service) Revoke(a *Attachment, asked wire.Revocation) (wire.Message, error) {
	conv, err := convOf(a.peer.App, a.ref.User, asked.ConvType, asked.ConvID)
	switch {
	case err != nil:
		return wire.Message{}, err
	case asked.Pos == 0 || asked.Pos > maxPos:
		return wire.Message{}, badMessage("pos is no place of a message")
	case len(asked.Reason) > maxRecallReason:
		return wire.Message{}, badMessage("message_revoke_reason has %d bytes, at most %d are allowed", len(asked.Reason), maxRecallReason)
	}
	now := time.Now()
	return s.revoke(a, conv, asked.Pos, func(m Message) error {
		switch age := now.Sub(m.At); {
		case m.Sender != a.ref.User:
			return timerr.Newf(recallNotFound, "message %d is another user's", asked.Pos)
		case age > s.cfg.Messages.RecallWindow:
			return timerr.Newf(timerr.SvrMsgRevokeTimeLimit, "the message was sent %d s ago, a recall is possible for %s",
				int(age.Seconds()), s.cfg.Messages.RecallWindow)
		}
		return nil
	}, a.ref.User, asked.Reason, a.origin())
}

// revoke puts a placeholder in a message's place, if may agrees, and tells both sides, but not
// the link that asked for it.
func (s *Service) revoke(a *Attachment, conv Conv, pos uint64, may func(Message) error, by, reason string, from Origin) (wire.Message, error) {
	ctx, cancel := s.storeContext()
	defer cancel()
	kept, err := s.store.ChangeMessage(ctx, conv, pos, time.Now(), func(m *Message) error {
		if err := may(*m); err != nil {
			return err
		}
		before, err := messageOf(*m)
		if err != nil {
			return err
		}
		m.Tell = s.recallEvent(conv, before, from)
		return placeholder(m, by, reason)
	})
	var refused *timerr.Error
	switch {
	case errors.Is(err, ErrNoMessage):
		return wire.Message{}, timerr.Newf(recallNotFound, "there is no message %d", pos)
	case errors.As(err, &refused):
		return wire.Message{}, err
	case err != nil:
		return wire.Message{}, s.messageStoreError("recall a message", err)
	}
	m, err := messageOf(kept)
	if err == nil {
		s.tell(conv.App, conv.Pair(), a, wire.EventMessageChanged, m)
	}
	return m, err
}

// placeholder makes of a message what is left of it when it was recalled: nothing that it
// said.
func placeholder(m *Message, by, reason string) error {
	var body wire.Message
	if err := json.Unmarshal(m.Body, &body); err != nil {
		return err
	}
	if body.Status == int(tim.MsgStatusRevoked) {
		return timerr.Newf(recalledBefore, "the message was recalled before")
	}
	body.Status = int(tim.MsgStatusRevoked)
	body.Elements, body.CloudCustom, body.OfflinePushConfig = []json.RawMessage{}, "", nil
	body.RevokerUserID, body.RevokeReason = by, reason
	m.Counts, m.Bare = false, true
	kept, err := json.Marshal(body)
	m.Body = kept
	return err
}
