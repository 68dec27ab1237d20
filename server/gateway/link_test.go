package gateway

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
)

func TestALinkMustSayHello(t *testing.T) {
	h := start(t, newDomain(), Config{HelloTimeout: time.Millisecond})
	why := h.dial().closing(wire.CloseIdle)
	assert.False(t, why.Redial)
	assert.Contains(t, why.Desc, "hello")
	assert.Equal(t, wire.CloseIdle, await(t, h.meter.closed))
}

func TestALinkMustLogIn(t *testing.T) {
	d := newDomain()
	d.login = func(chat.Peer, wire.Login) error { return errRefused }
	h := start(t, d, Config{LoginTimeout: 20 * time.Millisecond})
	c := h.greeted()
	assert.Equal(t, errRefused.Code, c.call(wire.CmdLogin, wire.Login{UserID: "ann"}).Code)
	assert.False(t, c.closing(wire.CloseIdle).Redial, "a failed login is none")
}

func TestBreachesOfTheProtocol(t *testing.T) {
	tests := []struct{ name, frame, desc string }{
		{"what is no JSON", "hello", "a frame is not a JSON object"},
		{"JSON that ends too early", `{"id":1`, "a frame is not valid JSON"},
		{"an array", `[1]`, "a frame is not a JSON object"},
		{"null", `null`, "a frame is not a JSON object"},
		{"nothing", ``, "a frame is not a JSON object"},
		{"no id", `{"cmd":"ping"}`, "a frame has no id"},
		{"id 0", `{"id":0,"cmd":"ping"}`, "a frame has no id"},
		{"a negative id", `{"id":-1,"cmd":"ping"}`, "a frame's id has the wrong type"},
		{"no command", `{"id":1}`, "a frame has no cmd"},
		{"a long command", `{"id":1,"cmd":"` + strings.Repeat("x", 65) + `"}`, "a frame's cmd is longer than 64 bytes"},
		{"text that is not UTF-8", "{\"id\":1,\"cmd\":\"\xff\"}", "a frame is not valid UTF-8"},
		{"a frame over the limit", `{"id":1,"cmd":"` + strings.Repeat("x", wire.MaxFrameBeforeLogin) + `"}`,
			"a frame is longer than the limit of 16384 bytes"},
		{"a command before hello", `{"id":1,"cmd":"ping"}`, "a command before hello"},
	}
	h := start(t, newDomain(), Config{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := h.dial()
			c.send(tt.frame)
			why := c.closing(wire.CloseProtocol)
			assert.Equal(t, tt.desc, why.Desc)
			assert.True(t, why.Redial)
			assert.EqualValues(t, 1000, why.AfterMS)
		})
	}
	t.Run("a binary frame", func(t *testing.T) {
		c := h.dial()
		require.NoError(t, c.WriteMessage(websocket.BinaryMessage, []byte("{}")))
		assert.Equal(t, "a frame is not text", c.closing(wire.CloseProtocol).Desc)
	})
	t.Run("a second hello", func(t *testing.T) {
		c := h.greeted()
		c.request(wire.CmdHello, goodHello)
		assert.Equal(t, "a second hello", c.closing(wire.CloseProtocol).Desc)
	})
}

func TestAfterLoginFramesMayBeLong(t *testing.T) {
	h := start(t, newDomain(), Config{})
	c := h.online()
	assert.Equal(t, timerr.SDKInterfaceNotSupport, c.call("TIMMsgBuilt", strings.Repeat("x", 1<<20)).Code)
	c.request("TIMMsgSendMessage", strings.Repeat("x", wire.MaxFrame))
	assert.Contains(t, c.closing(wire.CloseProtocol).Desc, "longer than the limit")
}

func TestHelloIsChecked(t *testing.T) {
	with := func(change func(*wire.Hello)) any {
		hello := goodHello
		change(&hello)
		return hello
	}
	tests := []struct {
		name   string
		body   any
		code   timerr.Code
		desc   string
		reason string
	}{
		{"an older client", with(func(h *wire.Hello) { h.Protocol = 0 }), 60009,
			"the client is too old: it speaks protocol 0, the server 1", wire.CloseVersion},
		{"a newer client", with(func(h *wire.Hello) { h.Protocol = 2 }), 60009,
			"the server is too old: it speaks protocol 1, the client 2", wire.CloseVersion},
		{"app 0", with(func(h *wire.Hello) { h.AppID = 0 }), 60006, "hello: sdk_app_id is 0", wire.CloseProtocol},
		{"an unknown platform", with(func(h *wire.Hello) { h.Platform = "tv" }), 70402,
			`hello: platform "tv" is none of android, iphone, ipad, windows, mac, linux, web`, wire.CloseProtocol},
		{"a long instance id", with(func(h *wire.Hello) { h.InstanceID = strings.Repeat("x", 65) }), 70402,
			"hello: instance_id is longer than 64 bytes", wire.CloseProtocol},
		{"an instance id that PostgreSQL cannot keep", with(func(h *wire.Hello) { h.InstanceID = "a\x00" }), 70402,
			"hello: instance_id holds a NUL", wire.CloseProtocol},
		{"a long version", with(func(h *wire.Hello) { h.SDKVersion = strings.Repeat("x", 65) }), 70402,
			"hello: sdk_version is longer than 64 bytes", wire.CloseProtocol},
		{"a field of the wrong type", map[string]any{"sdk_app_id": "7"}, 70402,
			"hello: sdk_app_id has the wrong type", wire.CloseProtocol},
		{"a body that is no object", "hello", 70402, "hello: the body is not a JSON object", wire.CloseProtocol},
	}
	h := start(t, newDomain(), Config{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := h.dial()
			answer := c.call(wire.CmdHello, tt.body)
			assert.Equal(t, tt.code, answer.Code)
			assert.Equal(t, tt.desc, answer.Desc)
			assert.False(t, c.closing(tt.reason).Redial)
		})
	}
}

func TestBodiesAreChecked(t *testing.T) {
	h := start(t, newDomain(), Config{})
	c := h.greeted()
	c.send(`{"id":1,"cmd":"login"}`)
	assert.Equal(t, "login: it has no body", c.read().Desc)
	c.send(`{"id":1,"cmd":"login","body":{"user_id":"ann","user_sig":5}}`)
	assert.Equal(t, "login: user_sig has the wrong type", c.read().Desc)
	c.send(`{"id":1,"cmd":"resume","body":{"session_number":1.5}}`)
	assert.Equal(t, "resume: session_number has the wrong type", c.read().Desc)
	assert.Equal(t, timerr.SDKNotLoggedIn, c.call("TIMGetUserStatus", nil).Code)
	assert.NotZero(t, decode[wire.Pong](t, c.call(wire.CmdPing, nil)).ServerTimeMS)
}

func TestWelcome(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	for _, tt := range []struct {
		name    string
		proxies []netip.Prefix
		ping    int64
		from    string
	}{
		{"straight to the server", nil, 60_000, "127.0.0.1"},
		{"through a trusted proxy", trusted, 10_000, "203.0.113.9"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDomain()
			h := start(t, d, Config{TrustedProxies: tt.proxies})
			c, status := h.try(http.Header{"X-Forwarded-For": {"203.0.113.9"}, "Origin": {"https://game.example"}})
			require.Zero(t, status)
			got := decode[wire.Welcome](t, c.call(wire.CmdHello, goodHello))
			assert.InDelta(t, time.Now().UnixMilli(), got.ServerTimeMS, float64(patience.Milliseconds()))
			got.ServerTimeMS = 0
			assert.Equal(t, wire.Welcome{ReconnectSpreadMS: 1000, PingAfterMS: tt.ping, PingTimeoutMS: 10_000,
				KeepaliveIdleMS: 5000, KeepaliveEveryMS: 2000, KeepaliveCount: 5, MaxFrameBytes: wire.MaxFrame}, got)
			c.call(wire.CmdLogin, wire.Login{UserID: "ann"})
			assert.Equal(t, tt.from, await(t, d.peers).Address.String())
		})
	}
}

func TestExpiry(t *testing.T) {
	d := newDomain()
	d.life = 0 // the ticket ends with this second
	h := start(t, d, Config{})
	c := h.online()
	assert.Equal(t, wire.EventExpiring, c.read().Event, "told after the login's answer")
	assert.Equal(t, wire.EventUserSigExpired, c.read().Event)
	assert.False(t, c.closing(wire.CloseExpired).Redial)
	await(t, d.told)
	assert.Equal(t, []string{"expiry"}, d.ends)
}

func TestAFreshTicketPutsTheExpiryOff(t *testing.T) {
	d := newDomain()
	c := start(t, d, Config{}).online()
	clock := &await(t, d.peers).Link.(*link).clock
	due := func() time.Time {
		clock.mu.Lock()
		defer clock.mu.Unlock()
		assert.Equal(t, awaitWarning, clock.phase)
		return clock.due
	}
	c.call(wire.CmdPing, nil) // after the login was done with
	before := due()
	require.Zero(t, c.call(wire.CmdLogin, wire.Login{UserID: "ann"}).Code)
	c.call(wire.CmdPing, nil)
	assert.Equal(t, renewedFor-firstFor, due().Sub(before).Round(time.Minute))
}

func TestWhetherAKickArrived(t *testing.T) {
	notice := wire.Kicked{Reason: wire.KickOtherDevice, Platform: "mac", Time: 5}
	t.Run("a client that closes its side knows", func(t *testing.T) {
		d := newDomain()
		c := start(t, d, Config{CloseTimeout: patience}).online()
		link := await(t, d.peers).Link
		link.Kick(notice)
		link.Kick(notice) // again changes nothing
		assert.Equal(t, notice, decode[wire.Kicked](t, c.read()))
		c.closing(wire.CloseKicked)
		assert.True(t, await(t, d.told))
	})
	t.Run("one that does not may not know", func(t *testing.T) {
		d := newDomain()
		start(t, d, Config{}).online()
		await(t, d.peers).Link.Kick(notice)
		assert.False(t, await(t, d.told))
	})
	t.Run("a resume of a kicked session tells the same way", func(t *testing.T) {
		d := newDomain()
		d.resume = func(chat.Peer) error { return &chat.KickedError{Notice: notice, Attachment: &chat.Attachment{}} }
		c := start(t, d, Config{CloseTimeout: patience}).greeted()
		c.request(wire.CmdResume, wire.Resume{UserID: "ann"})
		assert.Equal(t, notice, decode[wire.Kicked](t, c.read()))
		assert.Equal(t, timerr.LoginKickedOffByOther, c.read().Code)
		c.closing(wire.CloseKicked)
		assert.True(t, await(t, d.told))
	})
}

func TestASlowReaderIsCutOff(t *testing.T) {
	d := newDomain()
	h := start(t, d, Config{MaxQueued: 4 << 20})
	h.online() // and reads nothing more
	l := await(t, d.peers).Link.(*link)
	frame := frameOf(textFrame, make([]byte, 1<<20))
	for !l.out.isSealed() {
		l.send(frame)
	}
	assert.Equal(t, wire.CloseSlow, await(t, h.meter.closed))
	assert.False(t, await(t, d.told))
}

func TestAPanicCostsOneLink(t *testing.T) {
	d := newDomain()
	d.login = func(peer chat.Peer, login wire.Login) error {
		if login.UserID == "boom" {
			panic(login.UserID)
		}
		return nil
	}
	h := start(t, d, Config{})
	other, c := h.online(), h.greeted()
	c.request(wire.CmdLogin, wire.Login{UserID: "boom"})
	_, _, err := c.ReadMessage()
	assert.Error(t, err)
	await(t, h.meter.panics)
	assert.Zero(t, other.call(wire.CmdPing, nil).Code)
}

func TestTheWebSocketsOwnFrames(t *testing.T) {
	h := start(t, newDomain(), Config{})
	c := h.greeted()
	pong := make(chan string, 1)
	c.SetPongHandler(func(data string) error { pong <- data; return nil })
	require.NoError(t, c.WriteControl(websocket.PingMessage, []byte("hi"), time.Now().Add(patience)))
	c.call(wire.CmdPing, nil) // reads the pong on its way
	assert.Equal(t, "hi", await(t, pong))

	bye := websocket.FormatCloseMessage(websocket.CloseGoingAway, "")
	require.NoError(t, c.WriteControl(websocket.CloseMessage, bye, time.Now().Add(patience)))
	_, _, err := c.ReadMessage()
	assert.True(t, websocket.IsCloseError(err, websocket.CloseGoingAway), "%v", err)
	assert.Equal(t, "lost", await(t, h.meter.closed))
}

func TestDrainFinishesWhatIsUnderWay(t *testing.T) {
	d := newDomain()
	entered, goOn := make(chan struct{}), make(chan struct{})
	d.login = func(chat.Peer, wire.Login) error {
		close(entered)
		<-goOn
		return nil
	}
	h := start(t, d, Config{})
	c, idle := h.greeted(), h.greeted()
	c.request(wire.CmdLogin, wire.Login{UserID: "ann"})
	await(t, entered)
	drained := make(chan struct{})
	go func() {
		h.Drain(context.Background())
		close(drained)
	}()
	why := idle.closing(wire.CloseShutdown)
	assert.True(t, why.Redial)
	assert.Less(t, why.AfterMS, int64(1000))
	_, status := h.try(nil)
	assert.Equal(t, http.StatusServiceUnavailable, status)

	close(goOn)
	assert.Zero(t, c.read().Code, "the login is answered")
	c.closing(wire.CloseShutdown)
	await(t, drained)
	assert.Zero(t, h.Links())
}

func TestDrainHasAnEnd(t *testing.T) {
	h := start(t, newDomain(), Config{CloseTimeout: time.Hour})
	h.online() // and never closes its side
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	h.Drain(ctx)
	assert.Zero(t, h.Links())
}
