package gateway

import (
	"io"
	"net"
	"net/http"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/wire"
)

func TestLinksAreBounded(t *testing.T) {
	tests := []struct {
		name   string
		cfg    Config
		before func(h *harness)
		want   string
	}{
		{"links without a login from one address", Config{MaxPerAddress: 2, MaxWithoutLogin: 9},
			func(h *harness) { h.dial(); h.greeted() }, "too many connections without a login from this address"},
		{"links without a login", Config{MaxPerAddress: 9, MaxWithoutLogin: 2},
			func(h *harness) { h.dial(); h.greeted() }, "too many connections without a login"},
		{"links", Config{MaxConnections: 2, MaxWithoutLogin: 9},
			func(h *harness) { h.online(); h.online() }, "the server is full"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := start(t, newDomain(), tt.cfg)
			tt.before(h)
			_, status := h.try(nil)
			assert.Equal(t, http.StatusServiceUnavailable, status)
			assert.Equal(t, tt.want, await(t, h.meter.refused))
		})
	}
}

func TestPlayersMakeRoom(t *testing.T) {
	h := start(t, newDomain(), Config{MaxPerAddress: 1, MaxWithoutLogin: 1})
	for range 3 {
		h.online() // who has logged in does not count
	}
	h.dial().Close() // nor who has left
	await(t, h.meter.closed)
	c := h.dial()
	_, status := h.try(nil)
	assert.NotZero(t, status)
	c.call(wire.CmdHello, goodHello)
	c.call(wire.CmdLogin, wire.Login{UserID: "ann"})
	require.Eventually(t, h.noHandshakes, patience, time.Millisecond, "of who was refused")
	h.dial()
}

func (h *harness) noHandshakes() bool { return h.bounds.handshaking() == 0 }

// handshaking returns how many connections are known that have not become links, or are counted.
func (b *bounds) handshaking() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return max(b.handshakes.count, len(b.shaking))
}

func TestARequestThatIsNoWebSocketTakesNoRoom(t *testing.T) {
	h := start(t, newDomain(), Config{MaxPerAddress: 1})
	for range 3 {
		response, err := http.Get(h.http.URL)
		require.NoError(t, err)
		response.Body.Close()
		assert.Equal(t, http.StatusBadRequest, response.StatusCode)
	}
	h.dial()
}

func TestHandshakesAreBounded(t *testing.T) {
	h := start(t, newDomain(), Config{MaxWithoutLogin: 2})
	address := h.http.Listener.Addr().String()
	for range 2 {
		conn, err := net.Dial("tcp", address) // and says nothing
		require.NoError(t, err)
		defer conn.Close()
	}
	conn, err := net.Dial("tcp", address)
	require.NoError(t, err)
	defer conn.Close()
	conn.SetReadDeadline(time.Now().Add(patience))
	_, err = conn.Read(make([]byte, 1))
	assert.ErrorIs(t, err, io.EOF, "the third is closed at once")
}

func TestALinkThatMakesRoomIsTold(t *testing.T) {
	loopback := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	h := start(t, newDomain(), Config{MaxWithoutLogin: 2, TrustedProxies: loopback})
	from := func(address string) *client {
		c, status := h.try(http.Header{"X-Forwarded-For": {address}})
		require.Zero(t, status)
		return c
	}
	first, second := from("192.0.2.1"), from("192.0.2.1")
	other := from("192.0.2.2")
	why := second.closing(wire.CloseFull)
	assert.True(t, why.Redial)
	assert.NotZero(t, why.AfterMS)
	for _, c := range []*client{first, other} {
		assert.Zero(t, c.call(wire.CmdHello, goodHello).Code)
	}
	second.Close()
	assert.Equal(t, wire.CloseFull, await(t, h.meter.closed))
}

func TestBoundsReturnToNothing(t *testing.T) {
	b := newBounds(Config{}.withDefaults())
	home := netip.MustParseAddr("192.0.2.1")
	enter := func() *guest {
		place, refusal := b.enter(home)
		require.Empty(t, refusal)
		b.stands(place, func() {})
		return place
	}
	first := enter()
	b.login(first)
	b.logout(first)
	b.leave(first)
	second := enter()
	b.login(second)
	b.leave(second)
	assert.Zero(t, b.all)
	assert.Zero(t, b.links.count)
	assert.Empty(t, b.links.crowds)
	assert.Empty(t, b.links.largest)
}

func TestClientAddress(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	tests := []struct {
		name, remote string
		forwarded    []string
		want         string
		proxied      bool
	}{
		{"a player is where it comes from", "192.0.2.1:5", nil, "192.0.2.1", false},
		{"what a player says of itself is not believed", "192.0.2.1:5", []string{"198.51.100.1"}, "192.0.2.1", false},
		{"what a trusted proxy says is", "10.0.0.1:5", []string{"198.51.100.1"}, "198.51.100.1", true},
		{"what stands before the last stranger is made up", "10.0.0.1:5", []string{"1.1.1.1, 198.51.100.1"}, "198.51.100.1", true},
		{"proxies behind proxies are passed over", "10.0.0.1:5", []string{"198.51.100.1, 10.0.0.2", "10.0.0.3"}, "198.51.100.1", true},
		{"a proxy that says nothing speaks for itself", "10.0.0.1:5", nil, "10.0.0.1", true},
		{"so does one that says nonsense", "10.0.0.1:5", []string{"198.51.100.1, unknown"}, "10.0.0.1", true},
		{"an IPv6 proxy", "[fd00::1]:5", []string{"2001:db8::1"}, "2001:db8::1", true},
		{"a mapped address is the IPv4 one", "[::ffff:10.0.0.1]:5", []string{"::ffff:198.51.100.1"}, "198.51.100.1", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &http.Request{RemoteAddr: tt.remote, Header: http.Header{"X-Forwarded-For": tt.forwarded}}
			address, proxied := clientAddress(r, trusted)
			assert.Equal(t, tt.want, address.String())
			assert.Equal(t, tt.proxied, proxied)
		})
	}
}

func FuzzClientAddress(f *testing.F) {
	f.Add("10.0.0.1:5", "198.51.100.1, 10.0.0.2")
	f.Add("192.0.2.1:5", ",,")
	f.Add("", "::1%eth0")
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	f.Fuzz(func(t *testing.T, remote, forwarded string) {
		r := &http.Request{RemoteAddr: remote, Header: http.Header{"X-Forwarded-For": {forwarded}}}
		address, proxied := clientAddress(r, trusted)
		peer, err := netip.ParseAddrPort(remote)
		if err != nil {
			require.False(t, address.IsValid())
			return
		}
		require.Equal(t, trusted[0].Contains(peer.Addr().Unmap()), proxied)
		if !proxied {
			require.Equal(t, peer.Addr().Unmap(), address)
		}
	})
}
