package chat

import (
	"context"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// AddReaction adds a's user to a reaction of a message, and tells everybody.
func (s *Service) AddReaction(a *Attachment, asked wire.ReactionRef) error {
	return s.react(a, asked, false)
}

// RemoveReaction takes a's user from a reaction of a message, and tells everybody.
func (s *Service) RemoveReaction(a *Attachment, asked wire.ReactionRef) error {
	return s.react(a, asked, true)
}

func (s *Service) react(a *Attachment, asked wire.ReactionRef, remove bool) error {
	conv, err := refOf(a.peer.App, a.ref.User, asked.ConvType, asked.ConvID, asked.Pos)
	if err != nil {
		return err
	}
	if err := checkReactionID(asked.ID); err != nil {
		return err
	}
	var message wire.Message
	ctx, cancel := s.storeContext()
	defer cancel()
	r, err := s.store.React(ctx, conv, Reacting{Pos: asked.Pos, Reaction: asked.ID, User: a.ref.User, Remove: remove,
		At: time.Now(), MostReactions: maxReactions, MostBy: maxReactedBy,
		May: func(kept Message) (err error) {
			message, err = presentMessage(kept)
			return err
		}})
	if err != nil {
		return s.extrasError("change a reaction", asked.Pos, err)
	}
	reaction, err := s.reactionFor(ctx, conv.App, "", r, wire.MaxReactionUsers)
	if err != nil { // it is done: the devices find it when they catch up
		s.tell(conv.App, conv.Pair(), nil, wire.EventSync, nil)
		return nil
	}
	reaction.UserIDs = r.Users
	s.tellExtras(conv, a.ref.User, asked.Pos, message.MsgID, wire.Extras{Mod: r.Mod, Reactions: []wire.Reaction{reaction}})
	return nil
}

func checkReactionID(id string) error {
	switch {
	case id == "" || len(id) > maxReactionID:
		return badMessage("reaction_id has %d bytes, not 1 to %d", len(id), maxReactionID)
	case !utf8.ValidString(id) || holdsNUL(id):
		return badMessage("reaction_id is no text")
	}
	return nil
}

// reactionFor is a reaction as a user gets it, with the first of those who reacted.
func (s *Service) reactionFor(ctx context.Context, app uint64, user string, r Reaction, count int) (wire.Reaction, error) {
	users, err := s.profilesOf(ctx, app, r.Users[:min(count, len(r.Users))])
	return wire.Reaction{ID: r.ID, Total: len(r.Users), Users: users, Mine: slices.Contains(r.Users, user)}, err
}

func (s *Service) profilesOf(ctx context.Context, app uint64, users []string) ([]wire.SenderProfile, error) {
	profiles := make([]wire.SenderProfile, len(users))
	for i, user := range users {
		var err error
		if profiles[i], _, err = s.profileOf(ctx, app, user); err != nil {
			return nil, err
		}
	}
	return profiles, nil
}

// Reactions returns the reactions of messages as a's user has them.
func (s *Service) Reactions(a *Attachment, asked wire.ReactionsQuery) ([]wire.MessageReactions, error) {
	conv, err := convOf(a.peer.App, a.ref.User, asked.ConvType, asked.ConvID)
	switch {
	case err != nil:
		return nil, err
	case len(asked.Positions) == 0 || len(asked.Positions) > wire.MaxReactionMessages:
		return nil, badMessage("positions has %d messages, not 1 to %d", len(asked.Positions), wire.MaxReactionMessages)
	case asked.Users < 0 || asked.Users > wire.MaxReactionUsers:
		return nil, badMessage("users is %d, not 0 to %d", asked.Users, wire.MaxReactionUsers)
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	answer := make([]wire.MessageReactions, len(asked.Positions))
	for i, pos := range asked.Positions {
		if answer[i], err = s.reactionsOf(ctx, a, conv, pos, asked.Users); err != nil {
			return nil, err
		}
	}
	return answer, nil
}

func (s *Service) reactionsOf(ctx context.Context, a *Attachment, conv Conv, pos uint64, count int) (wire.MessageReactions, error) {
	one := wire.MessageReactions{Pos: pos, Reactions: []wire.Reaction{}}
	if pos > maxPos {
		return one, badMessage("positions holds what is no place of a message")
	}
	reactions, err := s.store.Reactions(ctx, conv, a.ref.User, pos)
	if err != nil {
		err = s.extrasError("read reactions", pos, err)
		if timerr.CodeOf(err) != recallNotFound {
			return one, err
		}
		one.Code, one.Desc = recallNotFound, timerr.DescOf(err)
		return one, nil
	}
	for _, r := range reactions {
		reaction, err := s.reactionFor(ctx, conv.App, a.ref.User, r, count)
		if err != nil {
			return one, err
		}
		one.Reactions = append(one.Reactions, reaction)
	}
	return one, nil
}

// ReactionUsers returns a page of the users of a reaction.
func (s *Service) ReactionUsers(a *Attachment, asked wire.ReactionUsersQuery) (wire.ReactionUsers, error) {
	conv, err := refOf(a.peer.App, a.ref.User, asked.ConvType, asked.ConvID, asked.Pos)
	if err == nil {
		err = checkReactionID(asked.ID)
	}
	switch {
	case err != nil:
		return wire.ReactionUsers{}, err
	case asked.Count < 1 || asked.Count > wire.MaxReactionUsersPage:
		return wire.ReactionUsers{}, badMessage("count is %d, not 1 to %d", asked.Count, wire.MaxReactionUsersPage)
	case asked.NextSeq > maxPos:
		return wire.ReactionUsers{}, badMessage("next_seq is no page's next")
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	users, last, more, err := s.store.ReactionUsers(ctx, conv, a.ref.User, asked.Pos, asked.ID, asked.NextSeq, asked.Count)
	if err != nil {
		return wire.ReactionUsers{}, s.extrasError("read the users of a reaction", asked.Pos, err)
	}
	page := wire.ReactionUsers{Finished: !more}
	if more {
		page.NextSeq = last
	}
	page.Users, err = s.profilesOf(ctx, conv.App, users)
	return page, err
}
