package chat

import (
	"context"
	"errors"

	"github.com/banter-im/banter/internal/timerr"
)

// What an app's backend does with its users' conversations.

// RecentFor returns a part of the conversations that are there for a user.
func (s *Service) RecentFor(ctx context.Context, app uint64, user string, query RecentQuery) ([]View, error) {
	views, err := s.store.RecentConversations(ctx, app, user, query)
	if err != nil {
		return nil, s.messageStoreError("read recent conversations", err)
	}
	return views, nil
}

// ClearFor takes a conversation from a user.
func (s *Service) ClearFor(conv Conv, user string, what Clearing) error {
	_, err := s.clear(conv, user, what)
	return err
}

// LabelFor changes a user's labels as the user can. Each of the results has its code.
func (s *Service) LabelFor(ctx context.Context, app uint64, user string, change LabelChange) (Labelled, error) {
	err := s.checkLabels(change)
	if err != nil {
		return Labelled{}, err
	}
	done, _, err := s.changeLabels(ctx, app, user, change)
	for i := range done.Results {
		done.Results[i] = s.labelError(done.Results[i])
	}
	return done, err
}

func (s *Service) checkLabels(change LabelChange) error {
	var err error
	if change.Group != NoGroup {
		err = checkGroupName("GroupName", change.Name)
	}
	if err == nil && change.Group == RenameGroup {
		err = checkGroupName("NewGroupName", change.NewName)
	}
	for _, item := range change.Items {
		if marks := item.SetMarks | item.ClearMarks; err == nil && marks != 0 {
			err = checkMarks("SetMark and ClearMark", marks)
		}
		if err == nil && item.Custom != nil {
			err = s.checkCustomData("CustomMark", *item.Custom)
		}
	}
	return err
}

// LabelsOf returns a user's conversation groups, and the conversations that have labels.
func (s *Service) LabelsOf(ctx context.Context, app uint64, user string) ([]View, []ConversationGroup, error) {
	views, err := s.store.LabelledConversations(ctx, app, user)
	if err != nil {
		return nil, nil, s.messageStoreError("read labels", err)
	}
	groups, err := s.store.ConversationGroups(ctx, app, user)
	if err != nil {
		return nil, nil, s.messageStoreError("read conversation groups", err)
	}
	return views, groups, nil
}

// ViewOf returns a user's view of a conversation; that of one that is not there has no Pos.
func (s *Service) ViewOf(ctx context.Context, conv Conv, user string) (View, error) {
	v, err := s.store.View(ctx, conv, user)
	if errors.Is(err, ErrNoConversation) {
		return View{Conv: conv, User: user}, nil
	}
	if err != nil {
		return View{}, s.messageStoreError("read a conversation", err)
	}
	return v, nil
}

// GroupConversation is the error of whatever a backend asks of a group's conversation.
func GroupConversation() error {
	return timerr.Newf(timerr.SvrConvConvMarkOperateFailed, "there is no such group")
}
