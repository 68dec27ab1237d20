package chat

import (
	"strconv"
	"time"

	"github.com/banter-im/banter/internal/wire"
)

// Messages returns a part of a conversation as a's user has it.
func (s *Service) Messages(a *Attachment, asked wire.MessagesRange) (wire.MessagesPage, error) {
	conv, err := convOf(a.peer.App, a.ref.User, asked.ConvType, asked.ConvID)
	switch {
	case err != nil:
		return wire.MessagesPage{}, err
	case asked.Count < 1 || asked.Count > wire.MaxMessagesPage:
		return wire.MessagesPage{}, badMessage("count is %d, not 1 to %d", asked.Count, wire.MaxMessagesPage)
	case asked.FromTime < 0 || asked.FromTime > maxTime || asked.ToTime < 0 || asked.ToTime > maxTime:
		return wire.MessagesPage{}, badMessage("from_time and to_time are UNIX seconds")
	case asked.FromPos > maxPos || asked.ToPos > maxPos:
		return wire.MessagesPage{}, badMessage("from_pos and to_pos are places of messages")
	}
	part := Part{From: asked.FromPos, To: asked.ToPos, Limit: asked.Count, Bytes: pageBytes, NewestFirst: asked.NewestFirst}
	if asked.FromTime > 0 {
		part.Earliest = time.Unix(asked.FromTime, 0)
	}
	if asked.ToTime > 0 {
		part.Latest = endOf(asked.ToTime)
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	page, err := s.store.Messages(ctx, conv, a.ref.User, part)
	if err != nil {
		return wire.MessagesPage{}, s.messageStoreError("read messages", err)
	}
	messages, err := messagesOf(page.Messages)
	return wire.MessagesPage{Messages: messages, WholeFrom: page.From, WholeTo: page.To, FirstPos: page.First,
		Pos: page.Pos, Mod: page.Mod}, err
}

// What is above cannot be in the store: it does not fit into its numbers.
const (
	maxPos  = 1 << 62
	maxTime = 1 << 40 // UNIX seconds
)

// endOf is the last moment of a second, in the store's precision.
func endOf(second int64) time.Time { return time.Unix(second+1, 0).Add(-time.Millisecond) }

// Changes returns which messages of a conversation have changed.
func (s *Service) Changes(a *Attachment, asked wire.ChangesSince) (wire.ChangesPage, error) {
	conv, err := convOf(a.peer.App, a.ref.User, asked.ConvType, asked.ConvID)
	if err != nil {
		return wire.ChangesPage{}, err
	}
	if asked.Mod > maxPos {
		return wire.ChangesPage{}, badMessage("mod is no number of a change")
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	changed, err := s.store.Changes(ctx, conv, a.ref.User, asked.Mod, wire.MaxMessagesPage)
	if err != nil {
		return wire.ChangesPage{}, s.messageStoreError("read changes", err)
	}
	page := wire.ChangesPage{Mod: changed.Mod, More: changed.More}
	if page.Messages, err = messagesOf(changed.Messages); err == nil {
		err = s.changedExtras(ctx, a, conv, asked.Mod, &page)
	}
	return page, err
}

// Conversations returns a page of the conversations in which something is new to a client.
func (s *Service) Conversations(a *Attachment, asked wire.ConversationsSince) (wire.ConversationsPage, error) {
	query := ConversationQuery{Rev: asked.Rev, Limit: asked.Count, Bytes: pageBytes}
	if query.Limit == 0 {
		query.Limit = defaultConvCount
	}
	var err error
	if asked.After != "" {
		query.After, err = strconv.ParseInt(asked.After, 10, 64)
	}
	switch {
	case err != nil || query.After < 0:
		return wire.ConversationsPage{}, badMessage("after is no page's next")
	case query.Limit < 1 || query.Limit > wire.MaxConversationsPage:
		return wire.ConversationsPage{}, badMessage("count is %d, not 1 to %d", asked.Count, wire.MaxConversationsPage)
	case asked.Rev > maxPos || asked.Since < 0:
		return wire.ConversationsPage{}, badMessage("rev and since are what the server said")
	}
	if asked.Since > 0 {
		query.Since = time.UnixMilli(asked.Since)
	}
	since := time.Now().Add(-behind).UnixMilli()
	ctx, cancel := s.storeContext()
	defer cancel()
	page, err := s.store.Conversations(ctx, a.peer.App, a.ref.User, query)
	if err != nil {
		return wire.ConversationsPage{}, s.messageStoreError("read conversations", err)
	}
	answer := wire.ConversationsPage{Conversations: make([]wire.Conversation, len(page.Views)), Rev: page.Rev, Since: since}
	for i, v := range page.Views {
		if answer.Conversations[i], err = conversationOf(v); err != nil {
			return wire.ConversationsPage{}, err
		}
	}
	if page.AllReceive.Rev > 0 {
		set := allReceiveOf(page.AllReceive)
		answer.AllReceive = &set
	}
	for _, h := range page.Hidden {
		answer.Deleted = append(answer.Deleted, deletedOf(h.Conv, a.ref.User, h.Places, h.Rev))
	}
	answer.GroupsChanged, answer.Groups = page.GroupsChanged, groupsForWire(page.Groups)
	if page.Next > 0 {
		answer.Next = strconv.FormatInt(page.Next, 10)
	}
	return answer, nil
}

func deletedOf(conv Conv, user string, places []uint64, rev uint64) wire.DeletedMessages {
	return wire.DeletedMessages{ConvType: int(conv.Type), ConvID: conv.IDFor(user), Positions: places, Rev: rev}
}

// conversationOf is a view as its user's clients get it.
func conversationOf(v View) (wire.Conversation, error) {
	c := wire.Conversation{ConvType: int(v.Type), ConvID: v.IDFor(v.User), Pos: v.Pos, Mod: v.Mod, Rev: v.Rev,
		Unread: v.Unread, ReadPos: v.ReadPos, ReadTime: secondsOf(v.ReadAt), ClearPos: v.ClearPos, DeletedPos: v.DeletedPos,
		Marks: v.Marks, Custom: v.Custom, Groups: v.Labels.Groups, Peer: profileIn(v)}
	if !v.PinnedAt.IsZero() {
		c.PinnedAt = v.PinnedAt.UnixMilli()
	}
	c.RecvOpt = int(v.Option)
	for _, span := range v.Unheard {
		c.Unheard = append(c.Unheard, wire.Unheard{First: span.First, Last: span.Last})
	}
	if v.Last != nil {
		last, err := messageOf(*v.Last)
		if err != nil {
			return c, err
		}
		c.Last = &last
	}
	for _, other := range v.Others {
		c.Others = append(c.Others, wire.Reader{User: other.User, ReadPos: other.ReadPos, ReadTime: secondsOf(other.ReadAt)})
	}
	return c, nil
}

// profileIn is what a view says of the other one, if it says more than who that is.
func profileIn(v View) *wire.SenderProfile {
	if v.Peer.Nick == "" && v.Peer.FaceURL == "" {
		return nil
	}
	return &wire.SenderProfile{User: v.Peer.User, Nick: v.Peer.Nick, FaceURL: v.Peer.FaceURL}
}

func secondsOf(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}
