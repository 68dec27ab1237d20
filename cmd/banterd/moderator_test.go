//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// moderator is an app's backend that is asked about messages, and hears of them.
type moderator struct {
	*httptest.Server
	t     *testing.T
	mu    sync.Mutex
	heard map[string][]string // by user, in order; each once
	seen  map[string]bool
	deaf  bool          // it does not answer what it is asked
	dead  bool          // it takes nothing
	leave chan struct{} // closed: those whom it does not answer are let go
}

func startModerator(t *testing.T) *moderator {
	m := &moderator{t: t, heard: map[string][]string{}, seen: map[string]bool{}, leave: make(chan struct{})}
	m.Server = httptest.NewServer(m)
	t.Cleanup(func() {
		close(m.leave)
		m.Close()
	})
	return m
}

type hookBody struct {
	CallbackCommand string
	From            string `json:"From_Account"`
	Reader          string `json:"Report_Account"`
	MsgID           string `json:"MsgId"`
	MsgKey          string
	SendMsgResult   int
	UnreadMsgNum    int
	MsgBody         []struct {
		MsgContent struct{ Text string }
	}
}

func (h hookBody) text() string {
	if len(h.MsgBody) == 0 {
		return ""
	}
	return h.MsgBody[0].MsgContent.Text
}

func (m *moderator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(r.Body)
	assert.NoError(m.t, err)
	var h hookBody
	assert.NoError(m.t, json.Unmarshal(text, &h))
	assert.Equal(m.t, r.URL.Query().Get("CallbackCommand"), h.CallbackCommand)
	m.mu.Lock()
	deaf, dead := m.deaf, m.dead
	m.mu.Unlock()
	switch {
	case dead:
		w.WriteHeader(http.StatusBadGateway)
	case h.CallbackCommand == "C2C.CallbackBeforeSendMsg":
		if deaf {
			select {
			case <-m.leave:
			case <-r.Context().Done():
			}
			return
		}
		fmt.Fprint(w, m.judge(h.text()))
	case !strings.HasPrefix(h.CallbackCommand, "State."):
		m.note(string(text), h)
	}
}

// judge is what it says to a text.
func (m *moderator) judge(text string) string {
	switch {
	case strings.HasPrefix(text, "bad"):
		return `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":1}`
	case strings.HasPrefix(text, "rude"):
		return `{"ActionStatus":"OK","ErrorInfo":"be kind","ErrorCode":125000}`
	case strings.HasPrefix(text, "spam"):
		return `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":2}`
	case strings.HasPrefix(text, "damn"):
		return `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"****"}}]}`
	}
	return `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}`
}

func (m *moderator) note(text string, h hookBody) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.seen[text] { // a server that ended before it noted the answer tells again
		return
	}
	m.seen[text] = true
	kind := strings.TrimPrefix(h.CallbackCommand, "C2C.CallbackAfterMsg")
	if kind == h.CallbackCommand {
		kind = "Sent " + h.text()
	}
	user := h.From + h.Reader
	m.heard[user] = append(m.heard[user], fmt.Sprint(kind, " ", h.UnreadMsgNum))
}

func (m *moderator) set(deaf, dead bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.deaf, m.dead = deaf, dead
}

func (m *moderator) of(user string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return strings.Join(m.heard[user], ", ")
}

// await waits until it has heard exactly that of the user.
func (m *moderator) await(user string, want ...string) {
	m.t.Helper()
	text := strings.Join(want, ", ")
	require.Eventually(m.t, func() bool { return m.of(user) == text }, 3*patience, 5*time.Millisecond,
		"want %s, heard %s", text, lazy{func() string { return m.of(user) }})
}

func textOf(m wire.Message) string {
	var element struct {
		Text string `json:"text_elem_content"`
	}
	if len(m.Elements) > 0 {
		json.Unmarshal(m.Elements[0], &element)
	}
	return element.Text
}

// answer sends a request and returns its answer, whatever is told before it.
func (c *client) answer(cmd string, body any) wire.Frame {
	c.t.Helper()
	c.request(cmd, body)
	for {
		if frame := c.read(); frame.ID == c.id {
			require.Zero(c.t, frame.Code, frame.Desc)
			return frame
		}
	}
}

// texts are what is said in a conversation.
func (c *client) texts(with string) (texts []string) {
	c.t.Helper()
	page := body[wire.MessagesPage](c.t, c.answer(wire.CmdGetMessages, wire.MessagesRange{ConvType: 1, ConvID: with, Count: 200}))
	for _, m := range page.Messages {
		texts = append(texts, textOf(m))
	}
	return texts
}

func TestABackendWatchesWhatPlayersSay(t *testing.T) {
	t.Parallel() // it waits more than it works
	m := startModerator(t)
	s := startDev(t, testFolder(t), "--webhook-url", m.URL+"/hook")
	ann, _ := s.online("ann", "android", "phone")
	bob, _ := s.online("bob", "linux", "1")
	for text, code := range map[string]timerr.Code{"bad news": 20006, "rude words": 125000, "spam again": 0} {
		answer := ann.call(wire.CmdSendMessage, textMessage("bob", text, text))
		assert.Equal(t, code, answer.Code, text)
		if code == 125000 {
			assert.Equal(t, "be kind", answer.Desc)
		}
	}
	sent := ann.say("bob", "1", "damn it")
	require.NotNil(t, sent.Message)
	assert.Equal(t, "****", textOf(*sent.Message))
	event := body[wire.Message](t, bob.expect(wire.EventMessage))
	assert.Equal(t, "****", textOf(event))
	assert.EqualValues(t, 1, event.Pos, "the others were never there")
	bob.answer(wire.CmdReportRead, wire.ReadReport{ConvType: 1, ConvID: "ann"})
	ann.expect(wire.EventRead)
	ann.answer(wire.CmdRevoke, wire.Revocation{ConvType: 1, ConvID: "bob", Pos: 1})
	s.rest("openim/sendmsg", `{"From_Account":"ann","To_Account":"bob","MsgRandom":7,"ForbidCallbackControl":["ForbidBeforeSendMsgCallback"],
		"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"bad and forced"}}]}`)
	m.await("ann", "Sent **** 1", "WithDraw 0", "Sent bad and forced 1")
	m.await("bob", "Report 0")
	for _, secret := range []string{"damn", "****", "forced", "be kind"} {
		assert.NotContains(t, s.log.String(), secret)
	}
}

// A backend that is silent holds a message up for its time, and keeps nobody else waiting; one
// that is down holds up nothing. Afterwards it hears of all, in order.
func TestMessagesOutliveTheirModerator(t *testing.T) {
	t.Parallel() // it waits more than it works
	m := startModerator(t)
	s := startDev(t, testFolder(t), "--webhook-url", m.URL+"/hook")
	bob, _ := s.online("bob", "linux", "1")
	m.set(true, false)
	const senders = 20
	begun := time.Now()
	var all sync.WaitGroup
	for i := range senders {
		name := fmt.Sprint("ann", i)
		ann, _ := s.online(name, "linux", name)
		all.Go(func() {
			ann.socket.SetReadDeadline(time.Now().Add(3 * patience))
			assert.Zero(t, ann.call(wire.CmdSendMessage, textMessage("bob", name, "bad but nobody says so")).Code)
		})
	}
	all.Wait()
	assert.Less(t, time.Since(begun), senders*time.Second, "one after the other they would take 2 s each")
	m.set(true, true)
	ann, _ := s.online("ann", "linux", "a")
	for i := range 3 {
		ann.say("bob", fmt.Sprint(i), fmt.Sprint("bad ", i))
	}
	assert.Equal(t, []string{"bad 0", "bad 1", "bad 2"}, bob.texts("ann"))
	m.set(false, false)
	m.await("ann", fmt.Sprint("Sent bad 0 ", senders+1), fmt.Sprint("Sent bad 1 ", senders+2), fmt.Sprint("Sent bad 2 ", senders+3))
}
