package transport

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// pour listens, and sends each connection first begin and then more, for as long as it is read. What
// it returns besides its address is how many bytes went to the last connection, when that has ended.
func pour(t *testing.T, begin, more string) (address string, poured chan int64) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	poured = make(chan int64, 1)
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		http.ReadRequest(bufio.NewReader(conn))
		io.WriteString(conn, begin)
		chunk, all := []byte(strings.Repeat(more, 1+(32<<10)/len(more))), int64(0)
		for all < 1<<30 && err == nil {
			var n int
			n, err = conn.Write(chunk)
			all += int64(n)
		}
		poured <- all
	}()
	return listener.Addr().String(), poured
}

func TestAnAnswerWithoutAnEndIsCutOff(t *testing.T) {
	for name, tt := range map[string]struct{ begin, more string }{
		"a line":              {"HTTP/1.1 101 ", "a"},
		"a header":            {"HTTP/1.1 101 Switching Protocols\r\n", "X-Endless: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"},
		"a line of a header":  {"HTTP/1.1 101 Switching Protocols\r\nX-Endless: ", "a"},
		"a refusal's own one": {"HTTP/1.1 500 No\r\n", "X-Endless: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			address, poured := pour(t, tt.begin, tt.more)
			_, err := Dial(t.Context(), Target{URL: "ws://" + address + wire.Path}, hello, spawn)
			assert.Equal(t, timerr.SDKNetConnRefuse, timerr.CodeOf(err))
			assert.Contains(t, timerr.DescOf(err), "without an answer to hello")
			assert.Less(t, <-poured, int64(64<<20), "what the kernel takes is all that goes on")
		})
	}
}

func TestAProxysAnswerWithoutAnEndIsCutOff(t *testing.T) {
	address, poured := pour(t, "HTTP/1.1 200 OK\r\n", "X-Endless: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n")
	_, err := Dial(t.Context(), Target{URL: "ws://127.0.0.1:1" + wire.Path, Proxy: &url.URL{Scheme: "http", Host: address}}, hello, spawn)
	assert.Equal(t, timerr.SDKNetConnRefuse, timerr.CodeOf(err))
	assert.Less(t, <-poured, int64(64<<20))
}

func TestEventsInsteadOfAnAnswerToHelloAreCutOff(t *testing.T) {
	ended := make(chan int, 1)
	url := start(t, func(conn *websocket.Conn) {
		n := 0
		for conn.WriteJSON(wire.Frame{Event: strings.Repeat("x", 50_000)}) == nil && n < 10_000 {
			n++
		}
		ended <- n
	})
	_, err := Dial(t.Context(), Target{URL: url}, hello, spawn)
	assert.Equal(t, timerr.SDKNetConnRefuse, timerr.CodeOf(err))
	assert.Less(t, <-ended, 10_000)
}
