package suite

import (
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	protocol "github.com/banter-im/banter/internal/wire"
)

// impostor is a WebSocket that plays a server.
type impostor struct {
	*websocket.Conn
	answer func(protocol.Request) any // a body, or a protocol.Frame; nil: none
}

// plays answers hello and resumes as a good server does, and anything else with answer. Before that, once
// the session was resumed, it does online.
func plays(welcome protocol.Welcome, online func(*impostor), answer func(protocol.Request) any) func(net.Conn) {
	return upgraded(func(socket *websocket.Conn) {
		s := &impostor{socket, answer}
		for {
			var r protocol.Request
			if err := socket.ReadJSON(&r); err != nil {
				return
			}
			switch r.Cmd {
			case protocol.CmdHello:
				welcome.ServerTimeMS = time.Now().UnixMilli()
				s.says(r.ID, welcome)
			case protocol.CmdLogin, protocol.CmdResume:
				s.says(r.ID, goodSession())
				if online != nil {
					online(s)
				}
			default:
				if answer != nil {
					if body := answer(r); body != nil {
						s.says(r.ID, body)
					}
				}
			}
		}
	})
}

func goodSession() protocol.Session {
	return protocol.Session{SessionID: strings.Repeat("5e", 16), Number: 1 << 40, ServerTimeMS: time.Now().UnixMilli(),
		ExpiresAt: time.Now().Add(time.Hour).Unix()}
}

func (s *impostor) says(id uint64, body any) error {
	frame, ok := body.(protocol.Frame)
	if !ok {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		frame = protocol.Frame{Body: text}
	}
	if frame.ID == 0 && frame.Event == "" {
		frame.ID = id
	}
	return s.WriteJSON(frame)
}

func (s *impostor) event(name, body string) error {
	return s.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `{"event":%q,"body":%s}`, name, body))
}

// events are all that a server may send by itself, but for those that end the session.
var events = []string{
	protocol.EventConversationsSorted, protocol.EventReceipts, protocol.EventExtras, protocol.EventMessage,
	protocol.EventMessageChanged, protocol.EventRead, protocol.EventConversation, protocol.EventMessagesDeleted, protocol.EventSync,
	protocol.EventAllReceiveOption, protocol.EventUserStatus, protocol.EventExpiring, "an event of a newer server",
}

// wrongBodies are JSON, and no body of anything.
var wrongBodies = []string{
	`5`, `"text"`, `[]`, `[5]`, `null`, `{}`, `[null]`, `[[]]`, `{"messages":5}`, `{"message_elem_array":{}}`,
	`{"conv_type":1,"conv_id":"bob","pos":-1}`, `{"pos":1e400}`, `{"conv_type":9,"conv_id":"` + strings.Repeat("a", 1<<16) + `"}`,
	`{"pos":18446744073709551615,"mod":18446744073709551615,"rev":18446744073709551615}`,
	`{"message_conv_type":1,"message_conv_id":"bob","message_sender":"bob","message_msg_id":"m","pos":18446744073709551615,"message_elem_array":[5,{},{"elem_type":99}]}`,
	`{"conversations":[{}],"messages":[{}],"whole_from":5,"whole_to":1,"next":"x","more":true}`,
	strings.Repeat(`{"a":`, 400) + "1" + strings.Repeat("}", 400),
}

// all does something for each event and each wrong body.
func all(do func(event, body string) error) func(*impostor) {
	return func(*impostor) {
		for _, event := range events {
			for _, body := range wrongBodies {
				if do(event, body) != nil {
					return
				}
			}
		}
	}
}

// calls are some of each kind: they go through as they are, or are the client's own.
func (p *puppet) someCalls() (ids []int) {
	p.t.Helper()
	for _, c := range []struct {
		name string
		args []arg
	}{
		{"TIMGetUserStatus", []arg{text(`["bob"]`)}},
		{"TIMSubscribeUserStatus", []arg{text(`["bob"]`)}},
		{"TIMConvGetConvList", nil},
		{"TIMMsgGetMsgList", []arg{text("bob"), number(1), text(`{"msg_getmsglist_param_count":20}`)}},
		{"TIMMsgSendMessage", []arg{text("bob"), number(1), textMessage("hi"), buffer}},
		{"TIMConvPinConversation", []arg{text("bob"), number(1), number(1)}},
		{"TIMMsgGetC2CReceiveMessageOpt", []arg{text(`["bob"]`)}},
	} {
		id, l := p.call(c.name, c.args...)
		require.Zero(p.t, l.Result, c.name)
		ids = append(ids, id)
	}
	return ids
}

// strangeLinks are what a server does once it has taken a session up.
var strangeLinks = []struct {
	name   string
	online func(*impostor)
	answer func(protocol.Request) any
}{
	{"answers nothing", nil, nil},
	{"answers to nothing", func(s *impostor) {
		for id := range uint64(3000) {
			s.says(id+1, map[string]int{"a": 1})
		}
	}, nil},
	{"every answer is 5", nil, func(protocol.Request) any { return 5 }},
	{"every answer is an empty object", nil, func(protocol.Request) any { return struct{}{} }},
	{"every answer is an empty list", nil, func(protocol.Request) any { return []int{} }},
	{"every answer has no body", nil, func(r protocol.Request) any { return protocol.Frame{ID: r.ID} }},
	{"every answer is of another call", nil, func(r protocol.Request) any { return protocol.Frame{ID: r.ID ^ 1} }},
	{"every answer has a code that nobody knows", nil, func(r protocol.Request) any {
		return protocol.Frame{ID: r.ID, Code: -1, Desc: strings.Repeat("a", 1<<20)}
	}},
	{"the end at each call", nil, func(r protocol.Request) any {
		return protocol.Frame{Event: protocol.EventClosing, Body: json.RawMessage(`{"reason":"slow","redial":true,"after_ms":-5}`)}
	}},
}

func TestSessionOutlivesStrangeServers(t *testing.T) {
	s := startServer(t)
	f := startFront(t, s)
	p := startPuppet(t)
	p.listen(onNetwork, onKicked, onExpired, onNotice, "TIMAddRecvNewMsgCallback", "TIMSetConvEventCallback", "TIMSetUserStatusChangedCallback")
	require.Zero(t, p.do("callExperimentalAPI", text(`{"request_internal_operation":"internal_operation_set_packet_request_timeout",
		"request_set_packet_request_timeout_param":3}`)).Code)
	p.init(s.AppID, configFor(t, f.url(), ""))
	for _, tt := range strangeLinks {
		t.Run(tt.name, func(t *testing.T) {
			p.t = t
			defer func() { p.t = f.t }()
			p.endures(f, s, plays(protocol.Welcome{ReconnectSpreadMS: 1}, tt.online, tt.answer))
		})
	}
	t.Run("wrong bodies", func(t *testing.T) {
		p.t = t
		defer func() { p.t = f.t }()
		turn := 0
		p.endures(f, s, plays(protocol.Welcome{ReconnectSpreadMS: 1},
			func(s *impostor) { all(s.event)(s) },
			func(protocol.Request) any {
				turn++
				return protocol.Frame{Body: json.RawMessage(wrongBodies[turn%len(wrongBodies)])}
			}))
	})
}

// endures has a logged in client's server be strange while calls are made, and then good.
func (p *puppet) endures(f *front, s *server, strange func(net.Conn)) {
	t := p.t
	t.Helper()
	if p.status() != 1 {
		p.login("alice", s.ticket("alice"), 0)
	}
	p.comesBack()
	p.held = nil
	f.turn(strange)
	p.eventWith(onNetwork, "[1,")
	p.online()
	before := f.taken.Load()
	for range 2 {
		for _, id := range p.someCalls() {
			p.answer(id)
			assert.Equal(t, 1, p.answered(id))
		}
	}
	assert.Less(t, f.taken.Load()-before, int64(40), "dials")
	f.turn(nil)
	p.comesBack()
	assert.Equal(t, 1, p.status())
	assert.False(t, p.heard(onKicked))
	assert.False(t, p.heard(onExpired))
}

// online has a dial that waits be made at once, and waits for the link.
func (p *puppet) online() {
	p.t.Helper()
	p.do("callExperimentalAPI", text(networkIsBack))
	p.eventWith(onNetwork, "[0,")
}

// comesBack waits until the server answers the client.
func (p *puppet) comesBack() {
	p.t.Helper()
	for deadline := time.Now().Add(time.Minute); p.do("TIMGetUserStatus", text(`["bob"]`)).Code != 0; {
		require.True(p.t, time.Now().Before(deadline), "the session does not go on")
		p.do("callExperimentalAPI", text(networkIsBack))
	}
}

const networkIsBack = `{"request_internal_operation":"internal_operation_set_network_info","request_set_network_info_network_connected_param":true}`
