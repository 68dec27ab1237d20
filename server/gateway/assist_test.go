package gateway

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
)

// Translate translates into "de" at once, and into anything else when its context ends.
func (d *domain) Translate(ctx context.Context, _ *chat.Attachment, asked wire.Translate) ([]wire.TranslatedText, error) {
	switch asked.To {
	case "de":
		return []wire.TranslatedText{{Source: asked.Texts[0], Target: "hallo"}}, d.refusal
	case "panic":
		panic("a domain that is broken")
	}
	d.assisting <- ctx
	<-ctx.Done()
	return nil, timerr.New(timerr.SDKNotLoggedIn)
}

func (d *domain) VoiceToText(_ context.Context, _ *chat.Attachment, asked wire.Voice) (wire.VoiceText, error) {
	return wire.VoiceText{Text: asked.URL + asked.Language}, d.refusal
}

var (
	quickly = json.RawMessage(`{"json_source_text_array":["hello"],"target_language":"de"}`)
	slowly  = json.RawMessage(`{"json_source_text_array":["hello"],"target_language":"xx"}`)
)

func TestServicesAnswerThroughTheDomain(t *testing.T) {
	c := start(t, newDomain(), Config{}).online()
	frame := c.call(wire.CmdTranslate, quickly)
	assert.JSONEq(t, `[{"msg_translate_text_source_text":"hello","msg_translate_text_target_text":"hallo"}]`, string(frame.Body))
	frame = c.call(wire.CmdVoiceToText, json.RawMessage(`{"url":"u","language":"l"}`))
	assert.JSONEq(t, `{"text":"ul"}`, string(frame.Body))
	for _, cmd := range []string{wire.CmdTranslate, wire.CmdVoiceToText} {
		assert.Equal(t, timerr.SvrAccountInvalidParameters, c.call(cmd, json.RawMessage(`[7]`)).Code)
	}
}

func (c *client) asks(id uint64, cmd string, body any) {
	c.t.Helper()
	text, err := json.Marshal(body)
	require.NoError(c.t, err)
	require.NoError(c.t, c.WriteJSON(wire.Request{ID: id, Cmd: cmd, Body: text}))
}

// answers requires that the next frame answers a request, and returns its code.
func (c *client) answers(id uint64) timerr.Code {
	c.t.Helper()
	frame := c.read()
	require.Equal(c.t, id, frame.ID, "%+v", frame)
	return frame.Code
}

// begun has n requests wait for a service, and returns the context of one.
func (c *client) begun(d *domain, n int) context.Context {
	c.t.Helper()
	var one context.Context
	for i := range n {
		c.asks(uint64(1000+i), wire.CmdTranslate, slowly)
		one = await(c.t, d.assisting)
	}
	return one
}

func TestALinkGoesOnWhileAServiceIsSlow(t *testing.T) {
	d := newDomain()
	d.assisting = make(chan context.Context, 10)
	c := start(t, d, Config{}).online()
	one := c.begun(d, maxAside)
	assert.Equal(t, timerr.SvrCommReqFreqLimit, c.call(wire.CmdTranslate, quickly).Code, "so many wait at a time")
	assert.Zero(t, c.call(wire.CmdPing, nil).Code)
	require.NoError(t, one.Err())
	c.Close()
	await(t, one.Done())
	await(t, d.told) // the link has ended, and nothing waits any more
}

func TestAllLinksShareTheRoomForSlowServices(t *testing.T) {
	d := newDomain()
	d.assisting = make(chan context.Context, 10)
	h := start(t, d, Config{MaxAside: 3})
	first, second := h.online(), h.online()
	first.begun(d, 2)
	second.begun(d, 1)
	assert.Equal(t, timerr.SvrCommReqFreqLimit, second.call(wire.CmdTranslate, quickly).Code)
	first.Close()
	await(t, d.told)
	assert.Zero(t, second.call(wire.CmdTranslate, quickly).Code, "whoever left has made room")
}

// A login of another user and a logout both end what waits, and both are answered.
func TestTheEndOfASessionEndsWhatWaits(t *testing.T) {
	d := newDomain()
	d.assisting = make(chan context.Context, 10)
	c := start(t, d, Config{}).online()
	one := c.begun(d, 1)
	c.asks(2000, wire.CmdLogin, wire.Login{UserID: "another"})
	assert.Equal(t, timerr.SDKNotLoggedIn, c.answers(1000))
	assert.Error(t, one.Err())
	assert.Zero(t, c.answers(2000))
	assert.Zero(t, c.call(wire.CmdTranslate, quickly).Code, "the next one has services too")
	one = c.begun(d, 1)
	c.asks(2001, wire.CmdLogout, nil)
	assert.Equal(t, timerr.SDKNotLoggedIn, c.answers(1000))
	assert.Zero(t, c.answers(2001))
	assert.Error(t, one.Err())
}

func TestAPanicBesideALinkCostsThatLinkOnly(t *testing.T) {
	d := newDomain()
	h := start(t, d, Config{})
	c, other := h.online(), h.online()
	c.asks(1000, wire.CmdTranslate, json.RawMessage(`{"target_language":"panic"}`))
	await(t, h.meter.panics)
	await(t, d.told)
	assert.Zero(t, other.call(wire.CmdTranslate, quickly).Code)
	assert.Empty(t, h.aside, "the room is given back")
}
