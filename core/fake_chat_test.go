package core

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// What a fakeGame hears of messages is written down in short: their texts.

func (g *fakeGame) Messages(list string) bool { return g.hearIfRoom("new %s", textsIn(list)) }

func (g *fakeGame) MessagesRevoked(list string) bool {
	var all []locator
	if err := json.Unmarshal([]byte(list), &all); err != nil {
		return g.hearIfRoom("revoked %v", err)
	}
	ids := []string{}
	for _, l := range all {
		ids = append(ids, fmt.Sprintf("%s by %s", l.MsgID, l.RevokerUserID))
	}
	return g.hearIfRoom("revoked %s", strings.Join(ids, ", "))
}

func (g *fakeGame) MessagesModified(list string) bool {
	return g.hearIfRoom("modified %s", textsIn(list))
}

func (g *fakeGame) MessagesRead(list string) bool {
	var all []receipt
	_ = json.Unmarshal([]byte(list), &all)
	ids := []string{}
	for _, r := range all {
		ids = append(ids, strings.TrimSpace(r.ConvID+" "+r.MsgID))
	}
	return g.hearIfRoom("read by %s", strings.Join(ids, ", "))
}

func (g *fakeGame) ConversationEvent(event tim.ConvEvent, list string) bool {
	if !g.chats {
		return true
	}
	name := []string{"add", "delete", "update", "start", "finish"}[event]
	return g.hearIfRoom("%s", strings.TrimSpace(name+" "+conversationsIn(list)))
}

func (g *fakeGame) TotalUnread(count int64) bool { return g.hearIfRoom("total %d", count) }

func (g *fakeGame) AllReceiveOption(info string) bool { return g.hearIfRoom("quiet %s", info) }

func (g *fakeGame) UnreadByFilter(filter string, count int64) bool {
	return g.hearIfRoom("unread of %s: %d", filter, count)
}

func (g *fakeGame) ConversationGroup(change GroupChange) bool {
	name := []string{"created", "deleted", "renamed", "joined", "left"}[change.Kind]
	text := strings.TrimSpace(fmt.Sprint("group ", name, " ", change.Name, " ", change.NewName, change.Conversations))
	if change.Reason != 0 {
		text += fmt.Sprint(" for ", change.Reason)
	}
	return g.hearIfRoom("%s", text)
}

// textsIn returns the texts of messages, with the senders.
func textsIn(list string) string {
	var all []message
	if err := json.Unmarshal([]byte(list), &all); err != nil {
		return err.Error()
	}
	texts := []string{}
	for _, m := range all {
		texts = append(texts, textIn(m))
	}
	return strings.Join(texts, ", ")
}

func textIn(m message) string {
	var text struct {
		Content string `json:"text_elem_content"`
	}
	if len(m.Elements) > 0 {
		_ = json.Unmarshal(m.Elements[0], &text)
	}
	switch m.Status {
	case int(tim.MsgStatusSendSucc):
		return m.Sender + ":" + text.Content
	case int(tim.MsgStatusRevoked):
		return m.Sender + ":revoked"
	}
	return fmt.Sprintf("%s:%s(%d)", m.Sender, text.Content, m.Status)
}

// conversationsIn returns conversations in short: id, last message, unread count.
func conversationsIn(list string) string {
	var all []convInfo
	_ = json.Unmarshal([]byte(list), &all) // "" has none
	infos := []string{}
	for _, v := range all {
		last := "-"
		if v.Last != nil {
			last = textIn(*v.Last)
		}
		infos = append(infos, fmt.Sprintf("%s[%s %d]", v.ID, last, v.Unread))
	}
	return strings.Join(infos, " ")
}

// short is a Done that writes messages and conversations down in short.
func (g *fakeGame) short(call string) Done {
	return func(err error, text string) {
		what := ""
		switch {
		case strings.Contains(text, `"conv_id"`):
			what = conversationsIn(text)
		case strings.HasPrefix(text, "["):
			what = textsIn(text)
		case strings.HasPrefix(text, `{"message`):
			what = textsIn("[" + text + "]")
		default:
			what = text
		}
		g.hear("%s: %d %s", call, timerr.CodeOf(err), what)
	}
}

// chatServer is a server that has one user's conversations, of two members each.
type chatServer struct {
	*fakeServer
	user     string
	messages map[string][]wire.Message // by the other one
	state    map[string]*wire.Conversation
	rev      uint64
	asked    []string // about messages
	deaf     bool     // keeps what is sent, and does not answer
	refuse   timerr.Code
	quiet    wire.AllReceiveOption
	extras   map[string]*fakeExtras
	groups   []wire.ConvGroup
	nicks    map[string]string
}

func newChatServer(user string) *chatServer {
	s := &chatServer{fakeServer: &fakeServer{}, user: user, messages: map[string][]wire.Message{}, state: map[string]*wire.Conversation{}}
	s.fakeServer.answer = s.answer
	return s
}

// startChatting logs a user in at a server that they have chatted at from another device.
func startChatting(t *testing.T, server *chatServer) (*Client, *fakeGame) {
	game := &fakeGame{}
	c := newClient(t, server.fakeServer, game)
	c.Login(server.user, "a1", game.done("login"))
	synctest.Wait()
	require.Equal(t, LoggedIn, game.now().Status)
	game.since()
	game.chats = true
	return c, game
}

func (s *chatServer) of(peer string) *wire.Conversation {
	c := s.state[peer]
	if c == nil {
		c = &wire.Conversation{ConvType: 1, ConvID: peer}
		s.state[peer] = c
	}
	return c
}

// keeps has the server keep a text that from sends to to, and returns it.
func (s *chatServer) keeps(from, to, text string) wire.Message {
	element := json.RawMessage(fmt.Sprintf(`{"elem_type":0,"text_elem_content":%q}`, text))
	return s.keep(wire.Message{ConvType: 1, ConvID: to, Sender: from, MsgID: from + "-" + text, NeedReceipt: true,
		Elements: []json.RawMessage{element}})
}

func (s *chatServer) keep(m wire.Message) wire.Message {
	peer := m.ConvID
	if m.Sender != s.user {
		peer = m.Sender
	}
	for _, old := range s.messages[peer] {
		if old.MsgID == m.MsgID {
			return old
		}
	}
	c := s.of(peer)
	c.Pos++
	m.Pos, m.Status, m.ServerTime = c.Pos, 2, time.Now().Unix()
	s.messages[peer] = append(s.messages[peer], m)
	if s.unheard(m) {
		return m
	}
	c.Last = &m
	if m.Sender != s.user {
		c.Unread++
	}
	return m
}

// sends keeps a text and delivers it.
func (s *chatServer) sends(from, to, text string) {
	var m wire.Message
	s.set(func() { m = s.keeps(from, to, text) })
	s.link.event(wire.EventMessage, m)
	synctest.Wait()
}

func (s *chatServer) looks() (asked []string) {
	s.set(func() { asked, s.asked = s.asked, nil })
	return asked
}

func (s *chatServer) answer(l *fakeLink, r wire.Request) {
	switch r.Cmd {
	case wire.CmdSendMessage:
		s.answerSend(l, r)
	case wire.CmdGetConversations:
		page := wire.ConversationsPage{Rev: s.rev, Since: 5, AllReceive: &s.quiet,
			GroupsChanged: len(s.groups) > 0, Groups: s.groups}
		for _, c := range s.state {
			page.Conversations = append(page.Conversations, *c)
		}
		l.answer(r, page)
	case wire.CmdGetMessages:
		s.answerRange(l, r)
	case wire.CmdGetChanges, wire.CmdReportRead, wire.CmdClearHistory, wire.CmdDeleteConversation, wire.CmdPinConversation,
		wire.CmdDeleteMessages, wire.CmdRevoke:
		s.answerMark(l, r)
	case wire.CmdModify, wire.CmdSendReceipts, wire.CmdGetReceipts:
		s.answerEdit(l, r)
	case wire.CmdSetAllReceiveOption:
		_ = json.Unmarshal(r.Body, &s.quiet)
		s.rev++
		s.quiet.Rev = s.rev + 10
		l.answer(r, s.quiet)
	case wire.CmdGetAllReceiveOption:
		l.answer(r, s.quiet)
	case wire.CmdSetReceiveOption:
		var body wire.ReceiveOption
		_ = json.Unmarshal(r.Body, &body)
		l.answer(r, []wire.Conversation{s.receives(body.Users[0], body.Option)})
	case wire.CmdSetExtensions, wire.CmdDeleteExtensions, wire.CmdGetExtensions, wire.CmdAddReaction, wire.CmdRemoveReaction,
		wire.CmdGetReactions, wire.CmdGetReactionUsers:
		s.answerExtras(l, r)
	default:
		if !s.answerSort(l, r) {
			good(l, r)
		}
	}
}

func (s *chatServer) answerSend(l *fakeLink, r wire.Request) {
	var m wire.Message
	_ = json.Unmarshal(r.Body, &m)
	if s.refuse != 0 {
		l.refuse(r, s.refuse)
		return
	}
	m.Sender = s.user
	kept := s.keep(m)
	if !s.deaf {
		l.answer(r, wire.Sent{Pos: kept.Pos, Seq: kept.Seq, ServerTime: kept.ServerTime})
	}
}

func (s *chatServer) answerRange(l *fakeLink, r wire.Request) {
	var q wire.MessagesRange
	_ = json.Unmarshal(r.Body, &q)
	s.asked = append(s.asked, fmt.Sprintf("%s %d-%d", q.ConvID, q.FromPos, q.ToPos))
	c := s.of(q.ConvID)
	if q.ToPos == 0 {
		q.ToPos = c.Pos
	}
	page := wire.MessagesPage{FirstPos: 1, Pos: c.Pos, Mod: c.Mod, WholeFrom: max(1, q.FromPos), WholeTo: min(q.ToPos, c.Pos)}
	for _, m := range s.messages[q.ConvID] {
		if m.Pos >= page.WholeFrom && m.Pos <= page.WholeTo {
			page.Messages = append(page.Messages, m)
		}
	}
	if len(page.Messages) > q.Count && q.NewestFirst {
		page.Messages = page.Messages[len(page.Messages)-q.Count:]
		page.WholeFrom = page.Messages[0].Pos
	} else if len(page.Messages) > q.Count {
		page.Messages = page.Messages[:q.Count]
		page.WholeTo = page.Messages[q.Count-1].Pos
	}
	if q.NewestFirst {
		page.Messages = slices.Clone(page.Messages)
		slices.Reverse(page.Messages)
	}
	l.answer(r, page)
}

// answerMark does what the user does with a conversation.
func (s *chatServer) answerMark(l *fakeLink, r wire.Request) {
	var body struct {
		ConvID    string   `json:"conv_id"`
		Mod       uint64   `json:"mod"`
		Pos       uint64   `json:"pos"`
		Positions []uint64 `json:"positions"`
		Pinned    bool     `json:"conv_is_pinned"`
	}
	_ = json.Unmarshal(r.Body, &body)
	c := s.of(body.ConvID)
	if r.Cmd != wire.CmdGetChanges && r.Cmd != wire.CmdRevoke {
		s.rev++
		c.Rev = s.rev
	}
	switch r.Cmd {
	case wire.CmdGetChanges:
		page := wire.ChangesPage{Mod: c.Mod, Extras: s.changedExtras(body.ConvID, body.Mod)}
		for _, m := range s.messages[body.ConvID] {
			if m.Version > body.Mod {
				page.Messages = append(page.Messages, m)
			}
		}
		l.answer(r, page)
		return
	case wire.CmdRevoke:
		l.answer(r, s.revokes(body.ConvID, body.Pos))
		return
	case wire.CmdReportRead:
		c.ReadPos, c.Unread = c.Pos, 0
	case wire.CmdClearHistory:
		c.ClearPos, c.Unread, c.Last = c.Pos, 0, nil
	case wire.CmdDeleteConversation:
		c.ClearPos, c.DeletedPos, c.Unread, c.Last = c.Pos, c.Pos, 0, nil
	case wire.CmdPinConversation:
		c.PinnedAt = 0
		if body.Pinned {
			c.PinnedAt = 7
		}
	case wire.CmdDeleteMessages:
		l.answer(r, wire.DeletedMessages{ConvType: 1, ConvID: body.ConvID, Positions: body.Positions, Rev: c.Rev, Unread: c.Unread, Pos: c.Pos})
		return
	}
	l.answer(r, *c)
	l.event(wire.EventConversation, *c)
}

// revokes recalls a message, and returns it as it is then.
func (s *chatServer) revokes(peer string, pos uint64) wire.Message {
	c, m := s.of(peer), &s.messages[peer][pos-1]
	c.Mod++
	m.Status, m.Version, m.RevokerUserID, m.Elements = 6, c.Mod, m.Sender, nil
	delete(s.extras, fmt.Sprint(peer, " ", pos))
	if m.Sender != s.user && pos > c.ReadPos && !s.unheard(*m) {
		c.Unread--
	}
	if c.Last != nil && c.Last.Pos == pos {
		last := *m
		c.Last = &last
	}
	return *m
}

// cuts ends the link, and waits until the session is back.
func (s *chatServer) cuts() {
	s.link.cut(timerr.New(timerr.SDKNetResetByPeer))
	time.Sleep(3 * time.Second)
	synctest.Wait()
}

// says sends a text, and waits until what can happen has happened.
func says(c *Client, game *fakeGame, to, text, id string) {
	c.SendMessage(1, to, fmt.Sprintf(`{"message_elem_array":[{"elem_type":0,"text_elem_content":%q}]}`, text), id, game.short("sent"))
	synctest.Wait()
}
