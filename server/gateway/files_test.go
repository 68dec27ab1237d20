package gateway

import (
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
)

func (d *domain) FileAccess(*chat.Attachment, struct{}) (wire.FileAccess, error) {
	return wire.FileAccess{Token: "t", ExpiresAt: 9}, d.refusal
}

func TestATokenForFilesIsGivenAfterALogin(t *testing.T) {
	h := start(t, newDomain(), Config{})
	assert.Equal(t, timerr.SDKNotLoggedIn, h.greeted().call(wire.CmdFiles, nil).Code)
	answer := h.online().call(wire.CmdFiles, nil)
	assert.JSONEq(t, `{"files_token":"t","files_expires_at":9}`, string(answer.Body))
}

// excusing is a server whose connections are for something else once they show a header.
func excusing(t *testing.T, cfg Config) *httptest.Server {
	s := New(cfg, newDomain(), meter{}, slog.New(slog.DiscardHandler))
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Good") != "" {
			s.Excuse(r)
			s.Excuse(r) // a second request of the connection
		}
	}))
	server.Config.ConnState, server.Config.ConnContext = s.ConnState, s.ConnContext
	server.Start()
	t.Cleanup(server.Close)
	return server
}

func TestAConnectionForFilesIsNoHandshake(t *testing.T) {
	server := excusing(t, Config{MaxWithoutLogin: 1})
	for range 3 { // more than there may be handshakes
		transport := &http.Transport{} // whose connection stays open
		t.Cleanup(transport.CloseIdleConnections)
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, http.NoBody)
		require.NoError(t, err)
		request.Header.Set("Good", "token")
		response, err := transport.RoundTrip(request)
		require.NoError(t, err)
		response.Body.Close()
	}
}

func TestExcusedConnectionsThatEndLeaveTheCountAsItWas(t *testing.T) {
	b := newBounds(Config{MaxWithoutLogin: 1}.withDefaults())
	s := &Server{bounds: b}
	for range 5 {
		conn, other := net.Pipe()
		s.ConnState(conn, http.StateNew)
		s.Excuse((&http.Request{}).WithContext(s.ConnContext(t.Context(), conn)))
		assert.Zero(t, b.handshakes.count)
		s.ConnState(conn, http.StateClosed)
		other.Close()
	}
	assert.Zero(t, b.handshakes.count)
	assert.Empty(t, b.shaking)
}
