package chat

import (
	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/usersig"
	"github.com/banter-im/banter/internal/wire"
)

// Deaf says whether under an option messages are not received at all.
func Deaf(option tim.ReceiveMessageOpt) bool {
	return option == tim.ReceiveMessageOptNotReceive
}

// SetReceiveOption says how a's user receives the messages of users, one after the other: when
// it fails, those before have been set. It returns their conversations.
func (s *Service) SetReceiveOption(a *Attachment, asked wire.ReceiveOption) ([]wire.Conversation, error) {
	convs, err := s.convsWith(a, asked.Users)
	if err != nil {
		return nil, err
	}
	option := tim.ReceiveMessageOpt(asked.Option)
	switch option {
	case tim.ReceiveMessageOptReceive, tim.ReceiveMessageOptNotReceive, tim.ReceiveMessageOptNotNotify:
	default:
		return nil, badMessage("opt is %d: a user's messages are received (0), not received (1), or received without a push (2)", asked.Option)
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	for _, user := range asked.Users {
		_, known, err := s.profileOf(ctx, a.peer.App, user)
		if err == nil && !known {
			err = timerr.Newf(timerr.SvrMsgInvalidID, "there is no user %q", user)
		}
		if err != nil {
			return nil, err
		}
	}
	set := make([]wire.Conversation, len(convs))
	for i, conv := range convs {
		view, changed, err := s.store.SetReceiveOption(ctx, conv, a.ref.User, option)
		if set[i], err = s.marked(conv, a.ref.User, view, changed, err); err != nil {
			return nil, err
		}
	}
	return set, nil
}

// ReceiveOptions returns how a's user receives the messages of users.
func (s *Service) ReceiveOptions(a *Attachment, asked wire.UserIDs) ([]wire.UserReceiveOption, error) {
	convs, err := s.convsWith(a, asked.Users)
	if err != nil {
		return nil, err
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	options, err := s.store.ReceiveOptions(ctx, a.ref.User, convs)
	if err != nil {
		return nil, s.messageStoreError("read receive options", err)
	}
	answer := make([]wire.UserReceiveOption, len(convs))
	for i, option := range options {
		answer[i] = wire.UserReceiveOption{User: asked.Users[i], Option: int(option)}
	}
	return answer, nil
}

// convsWith returns the conversations of a's user with users, which a command names.
func (s *Service) convsWith(a *Attachment, users []string) ([]Conv, error) {
	if len(users) == 0 || len(users) > wire.MaxReceiveOptions {
		return nil, badMessage("json_identifier_array has %d users, not 1 to %d", len(users), wire.MaxReceiveOptions)
	}
	convs := make([]Conv, len(users))
	for i, user := range users {
		if err := usersig.CheckUserID(user); err != nil {
			return nil, badMessage("json_identifier_array[%d] is no user id: %s", i, timerr.DescOf(err))
		}
		convs[i] = C2C(a.peer.App, a.ref.User, user)
	}
	return convs, nil
}
