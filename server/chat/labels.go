package chat

import (
	"context"
	"errors"
	"strings"

	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// Limits of the C API's own.
const (
	maxSorted    = 100 // conversations of one call
	maxGroupName = 32  // bytes
)

// markBits are those that mean something: the API's own four, and the game's.
const markBits uint64 = 0xf | 0xffffffff<<32

// convNamed is the conversation that a user names as lists do: c2c_ and a user id, or group_ and
// a group's id.
func convNamed(app uint64, user, id string) (Conv, error) {
	if peer, c2c := strings.CutPrefix(id, "c2c_"); c2c {
		return convOf(app, user, int(tim.ConvTypeC2C), peer)
	}
	if group, is := strings.CutPrefix(id, "group_"); is {
		return convOf(app, user, int(tim.ConvTypeGroup), group)
	}
	return Conv{}, badMessage("conversation_id_array: %.80q begins with neither c2c_ nor group_", id)
}

func badLabel(format string, args ...any) error {
	return timerr.Newf(timerr.SvrConvInvalidParameters, format, args...)
}

// checkCount refuses a list of conversations that is empty or too long.
func checkCount(ids []string) error {
	if len(ids) == 0 || len(ids) > maxSorted {
		return timerr.Newf(timerr.SvrConvConvMarkReqCountExceedLimit,
			"conversation_id_array has %d conversations, not 1 to %d", len(ids), maxSorted)
	}
	return nil
}

func checkGroupName(field, name string) error {
	if name == "" || len(name) > maxGroupName {
		return timerr.Newf(timerr.SvrConvConvGroupNameExceedLength,
			"%s has %d bytes, not 1 to %d", field, len(name), maxGroupName)
	}
	return nil
}

// checkMarks refuses marks that are none, or that the API keeps for itself.
func checkMarks(field string, marks uint64) error {
	if marks == 0 || marks&^markBits != 0 {
		return badLabel("%s is %#x: marks are the bits 0 to 3, and 32 to 63 for the game's own", field, marks)
	}
	return nil
}

func (s *Service) checkCustomData(field, data string) error {
	if len(data) > s.cfg.Messages.CustomData {
		return badLabel("%s has %d bytes, at most %d are allowed", field, len(data), s.cfg.Messages.CustomData)
	}
	return nil
}

// MarkConversations sets or clears marks.
func (s *Service) MarkConversations(a *Attachment, asked wire.ConvMarking) (wire.Sorted, error) {
	if err := checkMarks("mark_type", asked.Mark); err != nil {
		return wire.Sorted{}, err
	}
	item := LabelItem{ClearMarks: asked.Mark}
	if asked.Enable {
		item = LabelItem{SetMarks: asked.Mark}
	}
	return s.sort(a, LabelChange{}, asked.ConvIDs, item)
}

// SetCustomData keeps a text of the game's with conversations.
func (s *Service) SetCustomData(a *Attachment, asked wire.ConvCustomData) (wire.Sorted, error) {
	if err := s.checkCustomData("custom_data", asked.Data); err != nil {
		return wire.Sorted{}, err
	}
	return s.sort(a, LabelChange{}, asked.ConvIDs, LabelItem{Custom: &asked.Data})
}

// CreateConvGroup makes a conversation group of conversations. One that is there gets them too.
func (s *Service) CreateConvGroup(a *Attachment, asked wire.ConvGrouping) (wire.Sorted, error) {
	return s.useGroup(a, CreateGroup, asked, LabelItem{Join: true})
}

// AddToConvGroup puts conversations into a group.
func (s *Service) AddToConvGroup(a *Attachment, asked wire.ConvGrouping) (wire.Sorted, error) {
	return s.useGroup(a, UseGroup, asked, LabelItem{Join: true})
}

// DeleteFromConvGroup takes conversations out of a group.
func (s *Service) DeleteFromConvGroup(a *Attachment, asked wire.ConvGrouping) (wire.Sorted, error) {
	return s.useGroup(a, UseGroup, asked, LabelItem{Leave: true})
}

func (s *Service) useGroup(a *Attachment, action GroupAction, asked wire.ConvGrouping, item LabelItem) (wire.Sorted, error) {
	if err := checkGroupName("group_name", asked.Name); err != nil {
		return wire.Sorted{}, err
	}
	return s.sort(a, LabelChange{Group: action, Name: asked.Name}, asked.ConvIDs, item)
}

// DeleteConvGroup ends a group. Its conversations stay.
func (s *Service) DeleteConvGroup(a *Attachment, asked wire.ConvGrouping) (wire.Sorted, error) {
	if err := checkGroupName("group_name", asked.Name); err != nil {
		return wire.Sorted{}, err
	}
	return s.changeGroup(a, LabelChange{Group: DeleteGroup, Name: asked.Name})
}

// RenameConvGroup gives a group another name.
func (s *Service) RenameConvGroup(a *Attachment, asked wire.ConvGroupRenaming) (wire.Sorted, error) {
	err := checkGroupName("old_name", asked.OldName)
	if err == nil {
		err = checkGroupName("new_name", asked.NewName)
	}
	if err != nil {
		return wire.Sorted{}, err
	}
	return s.changeGroup(a, LabelChange{Group: RenameGroup, Name: asked.OldName, NewName: asked.NewName})
}

func (s *Service) changeGroup(a *Attachment, change LabelChange) (wire.Sorted, error) {
	ctx, cancel := s.storeContext()
	defer cancel()
	_, told, err := s.changeLabels(ctx, a.peer.App, a.ref.User, change)
	return wire.Sorted{Results: []wire.ConvResult{}, Change: told}, err
}

// sort does the same with all conversations of a list, and says what became of each.
func (s *Service) sort(a *Attachment, change LabelChange, ids []string, item LabelItem) (wire.Sorted, error) {
	if err := checkCount(ids); err != nil {
		return wire.Sorted{}, err
	}
	refused := make([]error, len(ids))
	for i, id := range ids {
		if item.Conv, refused[i] = convNamed(a.peer.App, a.ref.User, id); refused[i] == nil {
			change.Items = append(change.Items, item)
		}
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	done, told, err := s.changeLabels(ctx, a.peer.App, a.ref.User, change)
	if err != nil {
		return wire.Sorted{}, err
	}
	answer := wire.Sorted{Results: make([]wire.ConvResult, len(ids)), Change: told}
	for i, id := range ids {
		if refused[i] == nil {
			refused[i] = s.labelError(done.Results[0])
			done.Results = done.Results[1:]
		}
		answer.Results[i] = convResult(id, refused[i])
	}
	return answer, nil
}

func convResult(id string, err error) wire.ConvResult {
	return wire.ConvResult{ConvID: id, Code: int(timerr.CodeOf(err)), Info: timerr.DescOf(err)}
}

// changeLabels changes a user's labels, and tells the user's devices if anything did.
func (s *Service) changeLabels(ctx context.Context, app uint64, user string, change LabelChange) (Labelled, *wire.LabelsChange, error) {
	done, err := s.store.ChangeLabels(ctx, app, user, change, s.cfg.Messages.Labels)
	if err != nil {
		return done, nil, s.labelError(err)
	}
	if len(done.Changed) == 0 && !done.GroupsChanged {
		return done, nil, nil
	}
	told := wire.LabelsChange{Rev: done.Rev, GroupsChanged: done.GroupsChanged, Groups: groupsForWire(done.Groups)}
	for _, one := range done.Changed {
		told.Conversations = append(told.Conversations, wire.ConvLabels{ConvType: int(one.Conv.Type), ConvID: one.Conv.IDFor(user),
			Marks: one.Marks, Custom: one.Custom, Groups: one.Labels.Groups, Dropped: one.Dropped})
	}
	s.tell(app, []string{user}, nil, wire.EventConversationsSorted, told)
	return done, &told, nil
}

func groupsForWire(groups []ConversationGroup) (list []wire.ConvGroup) {
	for _, one := range groups {
		list = append(list, wire.ConvGroup(one))
	}
	return list
}

// labelError gives an error of the store its code.
func (s *Service) labelError(err error) error {
	limits := s.cfg.Messages.Labels
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrNoConversation):
		return badLabel("there is no such conversation: it begins with its first message")
	case errors.Is(err, ErrTooManyLabelled):
		return timerr.Newf(timerr.SvrConvConvMarkTotalCountExceedLimit,
			"at most %d conversations can have marks, groups or custom data", limits.Labelled)
	case errors.Is(err, ErrTooManyGroups):
		return timerr.Newf(timerr.SvrConvConvGroupTotalCountExceedLimit, "group_name: there can be at most %d conversation groups", limits.Groups)
	case errors.Is(err, ErrNoGroup):
		return timerr.Newf(timerr.SvrConvConvGroupNotExist, "there is no conversation group of this name")
	case errors.Is(err, ErrGroupExists):
		return badLabel("new_name: there is a conversation group of that name")
	case errors.Is(err, ErrNoAccount):
		return timerr.Newf(timerr.SvrConvAccountNotFound, "there is no such user")
	}
	return s.messageStoreError("change labels", err)
}

// DeleteConversations takes conversations from a's user, with their messages or without.
func (s *Service) DeleteConversations(a *Attachment, asked wire.ConvListDeletion) (wire.ConvListDeleted, error) {
	if err := checkCount(asked.ConvIDs); err != nil {
		return wire.ConvListDeleted{}, err
	}
	answer := wire.ConvListDeleted{Conversations: []wire.Conversation{}}
	for _, id := range asked.ConvIDs {
		conv, err := convNamed(a.peer.App, a.ref.User, id)
		if err == nil {
			var c wire.Conversation
			if c, err = s.clear(conv, a.ref.User, Clearing{Messages: asked.Messages, Conversation: true}); err == nil {
				answer.Conversations = append(answer.Conversations, c)
			}
		}
		answer.Results = append(answer.Results, convResult(id, err))
	}
	return answer, nil
}

// Conversation returns one conversation as a's user has it. Of one that has no message yet it
// knows the other one's profile.
func (s *Service) Conversation(a *Attachment, ref wire.ConvRef) (wire.Conversation, error) {
	conv, err := convOf(a.peer.App, a.ref.User, ref.ConvType, ref.ConvID)
	if err != nil {
		return wire.Conversation{}, err
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	v, err := s.store.View(ctx, conv, a.ref.User)
	if err == nil {
		return conversationOf(v)
	}
	if !errors.Is(err, ErrNoConversation) {
		return wire.Conversation{}, s.messageStoreError("read a conversation", err)
	}
	c := wire.Conversation{ConvType: ref.ConvType, ConvID: ref.ConvID}
	peer, known, err := s.profileOf(ctx, conv.App, ref.ConvID)
	if known && (peer.Nick != "" || peer.FaceURL != "") {
		c.Peer = &peer
	}
	return c, err
}
