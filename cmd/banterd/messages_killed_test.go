//go:build unix

package main

import (
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/wire"
)

// TestAKilledServerKeepsWhatItAcknowledged kills a server in the middle of a burst: what was
// acknowledged is there, once and in its place, and the rest can be sent again.
func TestAKilledServerKeepsWhatItAcknowledged(t *testing.T) {
	kills := 3
	if os.Getenv("BANTER_LONG") != "" {
		kills = 100
	}
	folder := testFolder(t)
	kept := map[string]uint64{}
	for round := range kills {
		p := startProcess(t, folder)
		bob, _ := p.online("bob", "linux", "bob")
		senders := make([]*burst, 4)
		for i := range senders {
			c, _ := p.online(fmt.Sprint("ann", i), "linux", fmt.Sprint(i))
			senders[i] = &burst{client: c, prefix: fmt.Sprintf("%d-%d", round, i), kept: map[string]uint64{}}
		}
		var all sync.WaitGroup
		for _, b := range senders {
			all.Go(b.send)
		}
		for range 200 {
			bob.expect(wire.EventMessage)
		}
		require.NoError(t, p.Process.Kill())
		all.Wait()
		p.Wait()
		for i, b := range senders {
			for id, pos := range b.kept {
				kept[fmt.Sprint("ann", i, " ", id)] = pos
			}
		}
	}
	require.NotEmpty(t, kept)
	assertKept(t, startProcess(t, folder), kept)
}

// burst is a sender who waits for no answer.
type burst struct {
	*client
	prefix string
	kept   map[string]uint64 // places of what was acknowledged, by id
}

// send sends until the server is gone.
func (b *burst) send() {
	ids := map[uint64]string{}
	var mu sync.Mutex
	go func() {
		for i := uint64(1); ; i++ {
			id := fmt.Sprint(b.prefix, "-", i)
			mu.Lock()
			ids[1000+i] = id
			mu.Unlock()
			if b.socket.WriteJSON(wire.Request{ID: 1000 + i, Cmd: wire.CmdSendMessage, Body: marshal(textMessage("bob", id, "x"))}) != nil {
				return
			}
		}
	}()
	for {
		var frame wire.Frame
		if b.socket.ReadJSON(&frame) != nil {
			return
		}
		if frame.ID > 1000 && frame.Code == 0 {
			mu.Lock()
			b.kept[ids[frame.ID]] = body[wire.Sent](b.t, frame).Pos
			mu.Unlock()
		}
	}
}

// assertKept requires each message that was acknowledged, once and in its place.
func assertKept(t *testing.T, p process, kept map[string]uint64) {
	bob, _ := p.online("bob", "linux", "bob")
	missing := len(kept)
	for i := range 4 {
		sender := fmt.Sprint("ann", i)
		seen, from := map[string]bool{}, uint64(1)
		for {
			page := body[wire.MessagesPage](t, bob.call(wire.CmdGetMessages,
				wire.MessagesRange{ConvType: 1, ConvID: sender, FromPos: from, Count: 200}))
			for j, m := range page.Messages {
				require.EqualValues(t, from+uint64(j), m.Pos, "no gap")
				require.False(t, seen[m.MsgID], "once")
				seen[m.MsgID] = true
				if pos, was := kept[sender+" "+m.MsgID]; was {
					assert.Equal(t, pos, m.Pos)
					missing--
				}
			}
			if from = page.WholeTo + 1; from > page.Pos {
				break
			}
		}
	}
	assert.Zero(t, missing, "of %d", len(kept))
}
