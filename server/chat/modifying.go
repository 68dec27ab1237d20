package chat

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"time"

	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// modification is what a message is to say. What is nil stays as it is.
type modification struct {
	elements []json.RawMessage
	cloud    *string
	edition  *uint64 // of the copy that was modified; nil: whichever it is
	any      bool    // elements of every kind may come, go and change
}

// What becomes of a modification of a copy that is not the newest.
var (
	errOutdated = errors.New("the message was modified meanwhile")
	errRepeated = errors.New("the message says that already")
)

// Modify puts what a's user makes of a message in its place, and tells all devices of both
// sides. If it was modified since the user's copy, nothing is changed.
func (s *Service) Modify(a *Attachment, asked wire.Modification) (wire.Modified, error) {
	conv, err := convOf(a.peer.App, a.ref.User, asked.ConvType, asked.ConvID)
	switch {
	case err != nil:
		return wire.Modified{}, err
	case asked.Pos == 0 || asked.Pos > maxPos:
		return wire.Modified{}, badMessage("pos is no place of a message")
	}
	if err := checkContent(asked.Elements, asked.CloudCustom, s.cfg.Messages); err != nil {
		return wire.Modified{}, err
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	if err := s.maySend(ctx, conv, a.ref.User); err != nil {
		return wire.Modified{}, err
	}
	had, err := s.store.MessagesAt(ctx, conv, a.ref.User, []uint64{asked.Pos})
	if err != nil {
		return wire.Modified{}, s.messageStoreError("read a message", err)
	}
	if len(had) == 0 {
		return wire.Modified{}, timerr.Newf(recallNotFound, "there is no message %d", asked.Pos)
	}
	return s.modify(ctx, a, conv, asked.Pos,
		modification{elements: asked.Elements, cloud: &asked.CloudCustom, edition: &asked.Edition})
}

func (s *Service) modify(ctx context.Context, a *Attachment, conv Conv, pos uint64, to modification) (wire.Modified, error) {
	var found Message // as it was
	kept, err := s.store.ChangeMessage(ctx, conv, pos, time.Now(), func(m *Message) error {
		found = *m
		return to.apply(m, s.cfg.Messages)
	})
	outdated, repeated := errors.Is(err, errOutdated), errors.Is(err, errRepeated)
	var refused *timerr.Error
	switch {
	case outdated || repeated:
		kept = found
	case errors.Is(err, ErrNoMessage):
		return wire.Modified{}, timerr.Newf(recallNotFound, "there is no message %d", pos)
	case errors.As(err, &refused):
		return wire.Modified{}, err
	case err != nil:
		return wire.Modified{}, s.messageStoreError("modify a message", err)
	}
	m, err := messageOf(kept)
	switch {
	case err != nil || outdated:
	case repeated: // the first time it may have been done by a node that died before it told anybody
		s.tell(conv.App, conv.Pair(), a, wire.EventSync, nil)
	default:
		s.tell(conv.App, conv.Pair(), a, wire.EventMessageChanged, m)
	}
	return wire.Modified{Message: m, Outdated: outdated}, err
}

// apply rewrites a message. The same modification for a second time is errRepeated: its first
// answer may have been lost with the link.
func (c modification) apply(m *Message, limits MessageLimits) error {
	var body wire.Message
	if err := json.Unmarshal(m.Body, &body); err != nil {
		return err
	}
	switch {
	case body.Status == int(tim.MsgStatusRevoked):
		return timerr.Newf(recalledBefore, "the message was recalled: it cannot be modified")
	case c.edition != nil && *c.edition+1 == body.Edition && c.says(body):
		return errRepeated
	case c.edition != nil && *c.edition != body.Edition:
		return errOutdated
	}
	if c.elements != nil {
		elements, err := c.replace(body.Elements)
		if err != nil {
			return err
		}
		body.Elements = elements
	}
	if c.cloud != nil {
		body.CloudCustom = *c.cloud
	}
	if err := checkContent(body.Elements, body.CloudCustom, limits); err != nil {
		return err
	}
	body.Edition++
	kept, err := json.Marshal(body)
	m.Body = kept
	return err
}

// says tells whether a message is what the modification makes of it.
func (c modification) says(m wire.Message) bool {
	elements, err := c.replace(m.Elements)
	return err == nil && slices.EqualFunc(elements, m.Elements, sameJSON) && *c.cloud == m.CloudCustom
}

func sameJSON(a, b json.RawMessage) bool {
	var one, other any
	return json.Unmarshal(a, &one) == nil && json.Unmarshal(b, &other) == nil && reflect.DeepEqual(one, other)
}

// changeable are the kinds of elements that users may put in, take out and change.
var changeable = []tim.ElemType{tim.ElemTypeText, tim.ElemTypeCustom, tim.ElemTypeLocation, tim.ElemTypeFace}

// replace returns the new elements, if all those of other kinds than changeable are still there,
// in their order and as they were. They keep the form in which they were sent: what a game
// hands back has keys of its own device too.
func (c modification) replace(old []json.RawMessage) ([]json.RawMessage, error) {
	if c.any {
		return c.elements, nil
	}
	fixed := slices.DeleteFunc(slices.Clone(old), isChangeable)
	elements := slices.Clone(c.elements)
	for i, one := range elements {
		if isChangeable(one) {
			continue
		}
		if len(fixed) == 0 {
			return nil, badMessage("message_elem_array[%d] is of a kind that cannot be added to a message", i)
		}
		if key := differs(fixed[0], one); key != "" {
			return nil, badMessage("message_elem_array[%d].%s cannot be modified", i, key)
		}
		elements[i], fixed = fixed[0], fixed[1:]
	}
	if len(fixed) > 0 {
		return nil, badMessage("message_elem_array lacks an element of a kind that cannot be taken out of a message")
	}
	return elements, nil
}

func isChangeable(element json.RawMessage) bool {
	var kind struct {
		Elem tim.ElemType `json:"elem_type"`
	}
	return json.Unmarshal(element, &kind) == nil && slices.Contains(changeable, kind.Elem)
}

// differs returns a key that an element has with another value than it had, "" for none.
func differs(was, is json.RawMessage) string {
	var before, after map[string]any
	if json.Unmarshal(was, &before) != nil || json.Unmarshal(is, &after) != nil || before["elem_type"] != after["elem_type"] {
		return "elem_type"
	}
	for key, value := range before {
		if given, there := after[key]; there && !reflect.DeepEqual(given, value) {
			return key
		}
	}
	return ""
}

// BackendModification is what a backend makes of a message. What is nil stays as it is.
type BackendModification struct {
	From, To string
	Key      MessageKey
	Elements []json.RawMessage
	Cloud    *string
}

// ModifyFor modifies a message of From to To, whatever it says by now.
func (s *Service) ModifyFor(ctx context.Context, app uint64, b BackendModification) (wire.Message, error) {
	conv := C2C(app, b.From, b.To)
	pos, err := s.placeOf(ctx, conv, b.From, b.Key)
	if err != nil {
		return wire.Message{}, err
	}
	done, err := s.modify(ctx, nil, conv, pos, modification{elements: b.Elements, cloud: b.Cloud, any: true})
	return done.Message, err
}
