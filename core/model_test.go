package core

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// life is a random life of a device: what happens to it, and what it heard.
type life struct {
	t      *testing.T
	random *rand.Rand
	server *chatServer
	folder string
	c      *Client
	game   *fakeGame
	texts  int
	sent   map[string]bool // from this device
	gone   map[string]bool // recalled, at whatever time
	heard  map[string]int  // how often each message was told
	edits  map[string]int  // how often each modification was told
}

// TestRandomLives plays random lives of a device, and compares it with its server whenever
// all is quiet.
func TestRandomLives(t *testing.T) {
	lives := 8
	if os.Getenv("BANTER_LONG") != "" {
		lives = 1000
	}
	for seed := range lives {
		folder := t.TempDir()
		synctest.Test(t, func(t *testing.T) {
			l := &life{t: t, random: rand.New(rand.NewPCG(uint64(seed), 1)), server: newChatServer("ann"), folder: folder,
				sent: map[string]bool{}, gone: map[string]bool{}, heard: map[string]int{}, edits: map[string]int{}}
			l.start()
			defer func() { l.c.Close() }()
			for range 5 {
				for range 20 {
					l.step()
				}
				l.rest()
				l.check()
				require.False(t, t.Failed(), "life %d", seed)
			}
		})
	}
}

func (l *life) start() { l.c, l.game = newIn(l.t, l.server, l.folder) }

// link is the newest that the client has dialled.
func (l *life) link() (link *fakeLink) {
	l.server.set(func() { link = l.server.link })
	return link
}

func (l *life) text() string {
	l.texts++
	return fmt.Sprint("m", l.texts)
}

func (l *life) peer() string { return []string{"bob", "cid"}[l.random.IntN(2)] }

// step is one thing that happens.
func (l *life) step() {
	peer, text := l.peer(), l.text()
	switch l.random.IntN(19) {
	case 0, 1, 2:
		l.arrives(peer, "ann", text)
	case 3:
		l.arrives("ann", peer, text)
	case 4, 5, 6:
		l.sent["ann:"+text] = true
		says(l.c, l.game, peer, text, "ann-"+text)
	case 7:
		l.server.set(func() { l.server.deaf = !l.server.deaf })
	case 8:
		l.link().cut(timerr.New(timerr.SDKNetResetByPeer))
	case 9:
		l.recalls(peer)
	case 10:
		l.c.ReportRead(1, peer, "", func(error, string) {})
	case 15:
		l.receives(peer)
	case 11:
		l.listen()
		l.c.Close()
		l.start()
	case 12:
		l.edited(peer)
	case 13:
		l.receipt(peer)
	case 14:
		l.modifies(peer, text)
	case 16, 17:
		l.extended(peer)
	case 18:
		l.readsExtensions(peer)
	}
	if l.random.IntN(3) == 0 {
		time.Sleep(time.Duration(l.random.IntN(3000)) * time.Millisecond)
	}
	synctest.Wait()
}

// arrives has the server keep a message; the event that tells of it may be lost.
func (l *life) arrives(from, to, text string) {
	var m wire.Message
	l.server.set(func() { m = l.server.keeps(from, to, text) })
	if l.random.IntN(4) > 0 {
		l.link().event(wire.EventMessage, m)
	}
}

func (l *life) recalls(peer string) {
	var m wire.Message
	l.server.set(func() {
		if n := len(l.server.messages[peer]); n > 0 {
			at := l.server.messages[peer][l.random.IntN(n)]
			if at.Status != 6 {
				l.gone[at.Sender+":"+strings.TrimPrefix(at.MsgID, at.Sender+"-")] = true
				m = l.server.revokes(peer, at.Pos)
			}
		}
	})
	if m.Pos > 0 && l.random.IntN(4) > 0 {
		l.link().event(wire.EventMessageChanged, m)
	}
}

// rest has all that waits come about: no answer is outstanding, and the device has synced.
func (l *life) rest() {
	l.server.set(func() { l.server.deaf = false })
	l.link().cut(timerr.New(timerr.SDKNetResetByPeer))
	time.Sleep(time.Minute)
	synctest.Wait()
	l.listen()
}

// listen counts what was told.
func (l *life) listen() {
	for _, line := range l.game.since() {
		if list, is := strings.CutPrefix(line, "new "); is {
			for _, one := range strings.Split(list, ", ") {
				l.heard[strings.SplitN(one, "/", 2)[0]]++
			}
		}
		if list, is := strings.CutPrefix(line, "modified "); is {
			for _, one := range strings.Split(list, ", ") {
				l.edits[one]++
			}
		}
	}
}

func (l *life) check() {
	for _, peer := range []string{"bob", "cid"} {
		var got []message
		l.c.History(1, peer, `{"msg_getmsglist_param_count":1000,"msg_getmsglist_param_is_ramble":true,"msg_getmsglist_param_is_forward":true}`,
			func(err error, text string) {
				assert.NoError(l.t, err)
				assert.NoError(l.t, json.Unmarshal([]byte(text), &got))
			})
		synctest.Wait()
		l.compare(peer, got)
		l.compareExtensions(peer)
	}
	for one := range l.heard {
		assert.LessOrEqual(l.t, l.heard[one], 1, "%s was told more than once", one)
		assert.False(l.t, l.sent[one], "%s was sent from here, and told", one)
	}
	for one := range l.edits {
		assert.LessOrEqual(l.t, l.edits[one], 1, "%s was told more than once", one)
	}
	l.compareUnread()
}

// compare compares a history with the server's. What was sent here and is not there has failed.
func (l *life) compare(peer string, got []message) {
	var have, want []string
	for _, m := range got {
		if m.Status == 3 {
			assert.Contains(l.t, m.MsgID, "ann-m")
			continue
		}
		have = append(have, fmt.Sprintf("%s %d %s %d %t", m.MsgID, m.Status, textIn(m), m.Version, m.ReceiptPeerRead))
	}
	for _, m := range l.server.messages[peer] {
		want = append(want, fmt.Sprintf("%s %d %s %d %t", m.MsgID, m.Status, textIn(message{Sender: m.Sender, Elements: m.Elements, Status: m.Status}),
			m.Edition, m.Sender == "ann" && m.Readers > 0))
		one := m.Sender + ":" + strings.TrimPrefix(m.MsgID, m.Sender+"-")
		if !l.sent[one] && !l.gone[one] && !l.server.unheard(m) {
			assert.Equal(l.t, 1, l.heard[one], "how often %s was told", one)
		}
	}
	assert.Equal(l.t, want, have, "the history with %s", peer)
}

func (l *life) compareUnread() {
	var list []convInfo
	l.c.Conversations(func(_ error, text string) { assert.NoError(l.t, json.Unmarshal([]byte(text), &list)) })
	synctest.Wait()
	for _, v := range list {
		c := l.server.of(v.ID)
		assert.Equal(l.t, c.Unread, v.Unread, "unread of %s", v.ID)
		if v.Last != nil && v.Last.Status != 3 && c.Last != nil {
			assert.Equal(l.t, c.Last.MsgID, v.Last.MsgID, "the last message of %s", v.ID)
			assert.Equal(l.t, c.Last.Edition, v.Last.Version, "the last message of %s", v.ID)
		}
	}
}
