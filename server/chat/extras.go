package chat

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// Codes of the service that the C API's own list does not have.
const (
	notExtensible timerr.Code = 23002
	tooManyWrites timerr.Code = 23003
)

// Limits of extensions and reactions, which are the C API's.
const (
	maxExtensionKey    = 100
	maxExtensionValue  = 1 << 10
	maxExtensions      = 300 // of a message
	maxExtensionWrites = 200 // of a message in a minute
	maxReactionID      = 128
	maxReactions       = 10  // of a message
	maxReactedBy       = 100 // users of a reaction
)

// refOf is the conversation of a message that a user names by its place.
func refOf(app uint64, user string, kind int, id string, pos uint64) (Conv, error) {
	conv, err := convOf(app, user, kind, id)
	if err == nil && (pos == 0 || pos > maxPos) {
		err = badMessage("pos is no place of a message")
	}
	return conv, err
}

// presentMessage is a kept message that was not recalled.
func presentMessage(kept Message) (wire.Message, error) {
	m, err := messageOf(kept)
	if err == nil && m.Status == int(tim.MsgStatusRevoked) {
		err = timerr.Newf(recalledBefore, "the message was recalled")
	}
	return m, err
}

// SetExtensions writes extensions of a message for a's user, and tells everybody.
func (s *Service) SetExtensions(a *Attachment, asked wire.ExtensionsWrite) ([]wire.ExtensionResult, error) {
	return s.writeExtensions(a, asked, false)
}

// DeleteExtensions deletes extensions of a message for a's user, all when none is named.
func (s *Service) DeleteExtensions(a *Attachment, asked wire.ExtensionsWrite) ([]wire.ExtensionResult, error) {
	return s.writeExtensions(a, asked, true)
}

func (s *Service) writeExtensions(a *Attachment, asked wire.ExtensionsWrite, remove bool) ([]wire.ExtensionResult, error) {
	conv, err := refOf(a.peer.App, a.ref.User, asked.ConvType, asked.ConvID, asked.Pos)
	if err != nil {
		return nil, err
	}
	w := ExtensionsWrite{Pos: asked.Pos, Clear: remove && len(asked.Extensions) == 0}
	for _, e := range asked.Extensions {
		w.Extensions = append(w.Extensions, Extension{Key: e.Key, Value: e.Value, Seq: e.Seq, Deleted: remove})
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	return s.write(ctx, conv, a.ref.User, a.ref.User, w)
}

// write checks and does a write for user, who may be nobody, and tells everybody that by did it.
func (s *Service) write(ctx context.Context, conv Conv, user, by string, w ExtensionsWrite) ([]wire.ExtensionResult, error) {
	if err := checkExtensions(w); err != nil {
		return nil, err
	}
	var message wire.Message
	w.At, w.Most, w.PerMinute = time.Now(), maxExtensions, maxExtensionWrites
	w.May = func(kept Message) (err error) {
		if message, err = presentMessage(kept); err == nil && !message.Extensible {
			err = timerr.Newf(notExtensible, "the message was sent without message_support_message_extension")
		}
		return err
	}
	written, err := s.store.WriteExtensions(ctx, conv, user, w)
	if err != nil {
		return nil, s.extrasError("write extensions", w.Pos, err)
	}
	results := []wire.ExtensionResult{}
	event := wire.Extras{Mod: written.Mod}
	for _, one := range written.Results {
		results = append(results, resultOf(one))
		if one.Outcome == Written {
			event.Extensions = append(event.Extensions, wireExtension(one.Extension))
		}
	}
	if written.Mod > 0 {
		s.tellExtras(conv, by, w.Pos, message.MsgID, event)
	}
	return results, nil
}

func checkExtensions(w ExtensionsWrite) error {
	if len(w.Extensions) > wire.MaxExtensionsWrite || len(w.Extensions) == 0 && !w.Clear {
		return badMessage("extensions has %d pairs, not 1 to %d", len(w.Extensions), wire.MaxExtensionsWrite)
	}
	keys := map[string]bool{}
	for i, e := range w.Extensions {
		switch {
		case e.Key == "" || len(e.Key) > maxExtensionKey:
			return badMessage("message_extension_key of pair %d has %d bytes, not 1 to %d", i, len(e.Key), maxExtensionKey)
		case len(e.Value) > maxExtensionValue:
			return badMessage("message_extension_value of pair %d has %d bytes, at most %d are allowed", i, len(e.Value), maxExtensionValue)
		case keys[e.Key]:
			return badMessage("message_extension_key of pair %d stands there twice", i)
		case holdsNUL(e.Key) || holdsNUL(e.Value):
			return badMessage("pair %d holds a NUL character", i)
		case e.Seq > maxPos:
			return badMessage("seq of pair %d is no number of a write", i)
		}
		keys[e.Key] = true
	}
	return nil
}

// holdsNUL says whether a text holds what PostgreSQL keeps in no text.
func holdsNUL(text string) bool { return slices.Contains([]byte(text), 0) }

func wireExtension(e Extension) wire.Extension {
	return wire.Extension{Key: e.Key, Value: e.Value, Seq: e.Seq, Deleted: e.Deleted}
}

func resultOf(one ExtensionWritten) wire.ExtensionResult {
	result := wire.ExtensionResult{Item: wireExtension(one.Extension)}
	switch one.Outcome {
	case Conflict:
		result.Code, result.Info = timerr.SvrMsgExtensionConflict, "it was written meanwhile: the item is as it is now"
	case Missing:
		result.Code, result.Info = timerr.SvrMsgExtensionNotExist, "there is no such extension"
	}
	return result
}

// tellExtras tells all devices of all members, also the one that did it.
func (s *Service) tellExtras(conv Conv, by string, pos uint64, id string, event wire.Extras) {
	event.User, event.ConvType, event.ConvID = by, int(conv.Type), conv.IDFor(by)
	event.Pos, event.MsgID = pos, id
	s.tell(conv.App, conv.Pair(), nil, wire.EventExtras, event)
}

// extrasError is what a caller learns of an error of the store.
func (s *Service) extrasError(doing string, pos uint64, err error) error {
	var refused *timerr.Error
	switch {
	case errors.Is(err, ErrNoMessage):
		return timerr.Newf(recallNotFound, "there is no message %d", pos)
	case errors.Is(err, ErrTooManyExtensions):
		return badMessage("a message has at most %d extensions", maxExtensions)
	case errors.Is(err, ErrTooManyWrites):
		return timerr.Newf(tooManyWrites, "a message's extensions are written at most %d times a minute", maxExtensionWrites)
	case errors.Is(err, ErrReacted):
		return timerr.Newf(timerr.SvrMsgReactionAlreadyContainUser, "the user has reacted so before")
	case errors.Is(err, ErrNotReacted):
		return timerr.Newf(timerr.SvrMsgReactionNotContainUser, "the user has not reacted so")
	case errors.Is(err, ErrNoReaction):
		return timerr.Newf(timerr.SvrMsgReactionNotExists, "the message has no such reaction")
	case errors.Is(err, ErrTooManyReactions):
		return timerr.Newf(timerr.SvrMsgReactionCountLimit, "a message has at most %d reactions", maxReactions)
	case errors.Is(err, ErrTooManyReactionUsers):
		return timerr.Newf(timerr.SvrMsgReactionUserCountLimit, "a reaction has at most %d users", maxReactedBy)
	case errors.As(err, &refused):
		return err
	}
	return s.messageStoreError(doing, err)
}

// Extensions returns all extensions of a message as a's user has it.
func (s *Service) Extensions(a *Attachment, asked wire.MessageRef) (wire.ExtensionsList, error) {
	conv, err := refOf(a.peer.App, a.ref.User, asked.ConvType, asked.ConvID, asked.Pos)
	if err != nil {
		return wire.ExtensionsList{}, err
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	page, err := s.store.Extensions(ctx, conv, a.ref.User, asked.Pos, 0, maxExtensions)
	if err != nil {
		return wire.ExtensionsList{}, s.extrasError("read extensions", asked.Pos, err)
	}
	list := wire.ExtensionsList{Extensions: []wire.Extension{}, Seq: page.Seq}
	for _, e := range page.Extensions {
		list.Extensions = append(list.Extensions, wireExtension(e))
	}
	return list, nil
}

// changedExtras adds to a page of changes what changed of extensions and reactions, as far as
// the page goes; if that is too much, the page ends earlier.
func (s *Service) changedExtras(ctx context.Context, a *Attachment, conv Conv, since uint64, page *wire.ChangesPage) error {
	changed, whole, err := s.store.ChangedExtras(ctx, conv, a.ref.User, since, page.Mod)
	if err != nil {
		return s.messageStoreError("read changed extensions and reactions", err)
	}
	for _, one := range changed {
		var body struct {
			ID string `json:"message_msg_id"`
		}
		if err := json.Unmarshal(one.Message.Body, &body); err != nil {
			return err
		}
		extras := wire.Extras{User: a.ref.User, ConvType: int(conv.Type), ConvID: conv.IDFor(a.ref.User),
			Pos: one.Message.Pos, MsgID: body.ID, Mod: one.Mod}
		for _, e := range one.Extensions {
			extras.Extensions = append(extras.Extensions, wireExtension(e))
		}
		for _, r := range one.Reactions {
			reaction, err := s.reactionFor(ctx, conv.App, a.ref.User, r, wire.MaxReactionUsers)
			if err != nil {
				return err
			}
			extras.Reactions = append(extras.Reactions, reaction)
		}
		page.Extras = append(page.Extras, extras)
	}
	if whole < page.Mod {
		page.Mod, page.More = whole, true
	}
	return nil
}

// ExtensionsFor returns a page of the extensions of a message of from's to to, by their seqs
// from one on.
func (s *Service) ExtensionsFor(ctx context.Context, app uint64, from, to string, key MessageKey, seq uint64, limit int) (ExtensionsPage, error) {
	conv := C2C(app, from, to)
	pos, err := s.placeOf(ctx, conv, from, key)
	if err != nil {
		return ExtensionsPage{}, keyedError(err)
	}
	page, err := s.store.Extensions(ctx, conv, "", pos, seq, limit)
	if err != nil {
		err = keyedError(s.extrasError("read extensions", pos, err))
	}
	return page, err
}

// WriteExtensionsFor writes extensions of a message of from's to to.
func (s *Service) WriteExtensionsFor(ctx context.Context, app uint64, from, to string, key MessageKey, w ExtensionsWrite) ([]wire.ExtensionResult, error) {
	conv := C2C(app, from, to)
	pos, err := s.placeOf(ctx, conv, from, key)
	if err != nil {
		return nil, keyedError(err)
	}
	w.Pos = pos
	results, err := s.write(ctx, conv, "", from, w)
	return results, keyedError(err)
}

// keyedError has the code that backends know for a message that is not there any more.
func keyedError(err error) error {
	if code := timerr.CodeOf(err); code == recallNotFound || code == recalledBefore {
		return timerr.Newf(timerr.SvrMsgExtensionNotExist, "%s", timerr.DescOf(err))
	}
	return err
}
