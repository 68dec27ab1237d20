package gateway

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
)

var bobOnline = []wire.UserStatus{{User: "bob", Type: 1, Custom: "busy", Devices: []string{"linux"}}}

func (d *domain) OwnStatus(*chat.Attachment) []wire.UserStatus { return d.own }

func (d *domain) WatchSelf(*chat.Attachment) { d.done("watch self") }

func (d *domain) UserStatuses(_ *chat.Attachment, users []string) ([]wire.UserStatus, error) {
	d.done("get", users...)
	return bobOnline, d.refusal
}

func (d *domain) SetSelfStatus(_ *chat.Attachment, text string) error {
	d.done("set", text)
	return d.refusal
}

func (d *domain) Watch(_ *chat.Attachment, users []string) ([]wire.UserStatus, func(), error) {
	d.done("watch", users...)
	return bobOnline, func() { (<-d.peers).Link.Tell(&chat.Notice{Event: wire.EventUserStatus, Body: bobOnline}) }, d.refusal
}

func (d *domain) Unwatch(_ *chat.Attachment, users []string) error {
	d.done("unwatch", users...)
	return d.refusal
}

func (d *domain) done(what string, with ...string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.did = append(d.did, append([]string{what}, with...))
}

func (d *domain) taken() [][]string {
	d.mu.Lock()
	defer d.mu.Unlock()
	did := d.did
	d.did = nil
	return did
}

func TestStatusCommands(t *testing.T) {
	tests := []struct {
		name, cmd, body string
		want            []string
		answer          string
	}{
		{"statuses are answered as they are", wire.CmdGetUserStatus, `{"json_identifier_array":["bob","cid"]}`, []string{"get", "bob", "cid"},
			`[{"user_status_identifier":"bob","user_status_status_type":1,"user_status_custom_status":"busy","user_status_online_devices":["linux"]}]`},
		{"a custom status is all that is taken of one's own", wire.CmdSetSelfStatus,
			`{"json_current_user_status":{"user_status_custom_status":"busy","user_status_status_type":3}}`, []string{"set", "busy"}, ``},
		{"without one it is cleared", wire.CmdSetSelfStatus, `{"json_current_user_status":{}}`, []string{"set", ""}, ``},
		{"no list is an empty one", wire.CmdUnsubscribeUserStatus, `{}`, []string{"unwatch"}, ``},
		{"a list is one", wire.CmdUnsubscribeUserStatus, `{"json_identifier_array":["bob"]}`, []string{"unwatch", "bob"}, ``},
	}
	d := newDomain()
	c := start(t, d, Config{}).online()
	require.Zero(t, c.call(wire.CmdPing, nil).Code)
	assert.Equal(t, [][]string{{"watch self"}}, d.taken(), "as soon as the login was answered")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			frame := c.call(tt.cmd, json.RawMessage(tt.body))
			require.Zero(t, frame.Code, frame.Desc)
			assert.Equal(t, [][]string{tt.want}, d.taken())
			assert.Equal(t, tt.answer, string(frame.Body))
		})
	}
}

func TestNoChangeIsToldBeforeTheAnswer(t *testing.T) {
	c := start(t, newDomain(), Config{}).online()
	frame := c.call(wire.CmdSubscribeUserStatus, wire.UserIDs{Users: []string{"bob"}})
	assert.Equal(t, bobOnline, decode[[]wire.UserStatus](t, frame))
	event := c.read()
	assert.Equal(t, wire.EventUserStatus, event.Event)
	assert.Equal(t, bobOnline, decode[[]wire.UserStatus](t, event))
}

func TestStatusCommandsThatAreRefused(t *testing.T) {
	d := newDomain()
	d.refusal = timerr.New(timerr.SvrAccountUserStatusDisabled)
	c := start(t, d, Config{}).online()
	for _, cmd := range []string{wire.CmdGetUserStatus, wire.CmdSetSelfStatus, wire.CmdSubscribeUserStatus, wire.CmdUnsubscribeUserStatus} {
		frame := c.call(cmd, struct{}{})
		assert.Equal(t, timerr.SvrAccountUserStatusDisabled, frame.Code, cmd)
		assert.Empty(t, frame.Body, cmd)
		wrong := map[string]any{"json_identifier_array": []any{1}, "json_current_user_status": "busy"}
		frame = c.call(cmd, wrong)
		assert.Equal(t, timerr.SvrAccountInvalidParameters, frame.Code, cmd)
		assert.Regexp(t, cmd+": json_(identifier_array|current_user_status) has the wrong type", frame.Desc)
		frame = c.call(cmd, []string{"bob"})
		assert.Equal(t, timerr.SvrAccountInvalidParameters, frame.Code, cmd)
	}
}

func TestANoticeIsEncodedOnce(t *testing.T) {
	encoded := 0
	notice := &chat.Notice{Event: "x", Body: 1}
	for range 3 {
		frame := notice.Frame(func(event string, body any) []byte {
			encoded++
			return eventFrame(event, body)
		})
		assert.Equal(t, frameOf(textFrame, []byte(`{"event":"x","body":1}`)), frame)
	}
	assert.Equal(t, 1, encoded)
}

// FuzzStatusBodies: no body panics, and what is refused names the command.
func FuzzStatusBodies(f *testing.F) {
	for _, seed := range []string{
		`{"json_identifier_array":["bob"]}`, `{"json_identifier_array":null}`, `{"json_identifier_array":[null,1,{}]}`,
		`{"json_current_user_status":{"user_status_custom_status":"\u0000"}}`, `{"json_current_user_status":[]}`,
		`{"json_current_user_status":{"user_status_custom_status":1}}`, `[]`, `null`, ``, `{`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for cmd, out := range map[string]any{wire.CmdGetUserStatus: &wire.UserIDs{}, wire.CmdSetSelfStatus: &wire.SelfStatus{}} {
			if err := parseBody(wire.Request{ID: 1, Cmd: cmd, Body: body}, out); err != nil {
				require.Contains(t, timerr.DescOf(err), cmd+": ")
			}
		}
	})
}
