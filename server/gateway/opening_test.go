package gateway

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
)

// requestText is a request as a client writes it.
func requestText(t *testing.T, id uint64, cmd string, body any) []byte {
	t.Helper()
	data, err := json.Marshal(body)
	require.NoError(t, err)
	text, err := json.Marshal(wire.Request{ID: id, Cmd: cmd, Body: data})
	require.NoError(t, err)
	return text
}

func openingOf(frames ...[]byte) http.Header {
	return http.Header{wire.OpeningHeader: {wire.Opening(frames...)}}
}

func (h *harness) opened(header http.Header) *client {
	h.t.Helper()
	c, status := h.try(header)
	require.Zero(h.t, status)
	return c
}

func TestALinkThatBeginsWithHelloAndALogin(t *testing.T) {
	h := start(t, newDomain(), Config{})
	login := requestText(t, 2, wire.CmdLogin, wire.Login{UserID: "ann"})
	c := h.opened(openingOf(requestText(t, 1, wire.CmdHello, goodHello), login))
	welcome := c.read()
	assert.EqualValues(t, 1, welcome.ID)
	assert.Equal(t, wire.MaxFrame, decode[wire.Welcome](t, welcome).MaxFrameBytes)
	session := c.read()
	assert.EqualValues(t, 2, session.ID)
	assert.EqualValues(t, 1, decode[wire.Session](t, session).Number)
	assert.Zero(t, c.call(wire.CmdPing, nil).Code, "the link goes on")
	c.send(`{"id":3,"cmd":"hello","body":{}}`)
	assert.Equal(t, "a second hello", c.closing(wire.CloseProtocol).Desc)
}

func TestALinkThatBeginsWithHelloAlone(t *testing.T) {
	h := start(t, newDomain(), Config{})
	c := h.opened(openingOf(requestText(t, 1, wire.CmdHello, goodHello)))
	assert.EqualValues(t, 1, c.read().ID)
	assert.Zero(t, c.call(wire.CmdLogin, wire.Login{UserID: "ann"}).Code)
}

func TestALinkThatBeginsWithAResume(t *testing.T) {
	d := newDomain()
	d.resume = func(chat.Peer) error { return errRefused }
	h := start(t, d, Config{})
	c := h.opened(openingOf(requestText(t, 1, wire.CmdHello, goodHello), requestText(t, 2, wire.CmdResume, wire.Resume{UserID: "ann"})))
	assert.Zero(t, c.read().Code)
	answer := c.read()
	assert.EqualValues(t, 2, answer.ID)
	assert.Equal(t, timerr.SvrAccountUserSigExpired, answer.Code)
	assert.Zero(t, c.call(wire.CmdPing, nil).Code)
}

func TestHelloThatIsRefusedInAnOpening(t *testing.T) {
	h := start(t, newDomain(), Config{})
	old := goodHello
	old.Protocol = 0
	c := h.opened(openingOf(requestText(t, 1, wire.CmdHello, old), requestText(t, 2, wire.CmdLogin, wire.Login{UserID: "ann"})))
	assert.Equal(t, timerr.SvrCommInvalidRes, c.read().Code)
	c.closing(wire.CloseVersion)
}

// A store may take long: until then the client must not think that the server is not there.
func TestALoginThatTakesLongDoesNotHoldUpTheHandshake(t *testing.T) {
	d, goOn := newDomain(), make(chan struct{})
	d.login = func(chat.Peer, wire.Login) error { <-goOn; return nil }
	h := start(t, d, Config{OpeningWait: time.Millisecond})
	c := h.opened(openingOf(requestText(t, 1, wire.CmdHello, goodHello), requestText(t, 2, wire.CmdLogin, wire.Login{UserID: "ann"})))
	assert.EqualValues(t, 1, c.read().ID)
	close(goOn)
	assert.EqualValues(t, 2, c.read().ID)
}

// What a quick login is answered with comes together, so that the client wakes up once.
func TestAnOpeningIsAnsweredInOnePiece(t *testing.T) {
	d := newDomain()
	d.own = []wire.UserStatus{{User: "ann", Type: 1}}
	h := start(t, d, Config{OpeningWait: patience})
	conn, err := net.Dial("tcp", h.http.Listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	header := openingOf(requestText(t, 1, wire.CmdHello, goodHello), requestText(t, 2, wire.CmdLogin, wire.Login{UserID: "ann"}))
	_, err = io.WriteString(conn, "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: "+base64.StdEncoding.EncodeToString(make([]byte, 16))+"\r\nAuthorization: "+header.Get(wire.OpeningHeader)+"\r\n\r\n")
	require.NoError(t, err)
	once := make([]byte, 64<<10)
	n, err := conn.Read(once)
	require.NoError(t, err)
	text := string(once[:n])
	assert.Contains(t, text, "\r\nBanter-Taken: 2\r\n")
	assert.Contains(t, text, `"max_frame_bytes"`)
	assert.Contains(t, text, `"session_id"`)
	_, after, _ := strings.Cut(text, `"session_id"`)
	assert.Contains(t, after, `"event":"user_status"`, "until it has its session, the client takes no events")
}

// docs/wire.md promises it, to a store that thousands ask at once.
func TestHowLongAnOpeningWaits(t *testing.T) {
	assert.Equal(t, 2*time.Second, New(Config{}, newDomain(), nil, nil).cfg.OpeningWait)
}

func TestOpeningsThatAreRefused(t *testing.T) {
	hello := requestText(t, 1, wire.CmdHello, goodHello)
	login := requestText(t, 2, wire.CmdLogin, wire.Login{UserID: "ann", UserSig: "a secret"})
	for name, header := range map[string]string{
		"no base64":             "Banter !",
		"no JSON":               wire.Opening([]byte("a secret")),
		"nothing":               "Banter",
		"a login without hello": wire.Opening(login),
		"hello after a login":   wire.Opening(login, hello),
		"hello twice":           wire.Opening(hello, hello),
		"three":                 wire.Opening(hello, login, login),
		"another command":       wire.Opening(hello, requestText(t, 2, wire.CmdPing, nil)),
		"no id":                 wire.Opening(requestText(t, 0, wire.CmdHello, goodHello)),
		"too long":              wire.Opening(hello, []byte(strings.Repeat(" ", wire.MaxOpening))),
	} {
		t.Run(name, func(t *testing.T) {
			h := start(t, newDomain(), Config{})
			conn, err := net.Dial("tcp", h.http.Listener.Addr().String())
			require.NoError(t, err)
			defer conn.Close()
			conn.SetDeadline(time.Now().Add(patience))
			_, err = io.WriteString(conn, "GET /ws HTTP/1.1\r\nHost: a\r\nAuthorization: "+header+"\r\n\r\n")
			require.NoError(t, err)
			response, err := http.ReadResponse(bufio.NewReader(conn), nil)
			require.NoError(t, err)
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			require.NoError(t, err)
			assert.Equal(t, http.StatusBadRequest, response.StatusCode)
			assert.Contains(t, string(body), "Authorization")
			assert.NotContains(t, string(body), "secret")
			assert.Equal(t, "a bad opening", await(t, h.meter.refused))
		})
	}
}

// Another scheme is for whoever stands before the server.
func TestAnotherSchemeIsNoOpening(t *testing.T) {
	h := start(t, newDomain(), Config{})
	c := h.opened(http.Header{wire.OpeningHeader: {"Basic YTpi"}})
	assert.Zero(t, c.call(wire.CmdHello, goodHello).Code)
}
