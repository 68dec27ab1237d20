package main

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/wire"
)

// BenchmarkMessages is 64 pairs with 16 messages each on their way, through the whole
// program, which shares the machine with its clients.
func BenchmarkMessages(b *testing.B) {
	const pairs, outstanding = 64, 16
	s := startDev(b, b.TempDir())
	senders := make([]*client, pairs)
	for i := range senders {
		receiver, _ := s.online(fmt.Sprint("bob", i), "linux", "b")
		go discard(receiver.socket)
		senders[i], _ = s.online(fmt.Sprint("ann", i), "linux", "a")
	}
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ResetTimer()
	var all sync.WaitGroup
	for i, c := range senders {
		all.Go(func() {
			text := textMessage(fmt.Sprint("bob", i), "", "hello, how are you?")
			flying := 0
			for n := 0; ; n++ {
				if left.Add(-1) < 0 {
					break
				}
				text.MsgID = fmt.Sprint("ann-1700000000-", n)
				c.request(wire.CmdSendMessage, text)
				if flying++; flying == outstanding {
					require.Zero(b, c.read().Code)
					flying--
				}
			}
			for ; flying > 0; flying-- {
				require.Zero(b, c.read().Code)
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
}

func discard(socket *websocket.Conn) {
	for {
		if _, _, err := socket.ReadMessage(); err != nil {
			return
		}
	}
}
