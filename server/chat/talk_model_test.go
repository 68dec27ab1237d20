package chat_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
	"github.com/banter-im/banter/server/session"
)

// world is two nodes whose bus comes and goes, and three users with two devices each.
type world struct {
	in      *installation
	random  *rand.Rand
	nodes   []*chat.Service
	away    *atomic.Bool
	back    chan struct{}
	devices []*replica
	sent    int
	acked   map[string]uint64         // places by conversation and id
	options map[string]int            // receive options by user and peer
	unheard map[string][]wire.Unheard // what was not received
	quiet   map[string]wire.AllReceiveOption
}

var talkers = []string{"ann", "bob", "cid"}

// TestDevicesAgreeWhateverHappens does random things and lets the bus and the links come and
// go. At quiet points all devices of a user have what the server has, and each message that
// was acknowledged is there, once and in its place.
func TestDevicesAgreeWhateverHappens(t *testing.T) {
	seeds := 3
	if os.Getenv("BANTER_LONG") != "" {
		seeds = 100
	}
	for seed := range seeds {
		inBubble(t, func(t *testing.T, in *installation) {
			defer func() {
				if t.Failed() {
					t.Logf("seed %d", seed)
				}
			}()
			var away atomic.Bool
			w := &world{in: in, random: rand.New(rand.NewPCG(uint64(seed), 7)), away: &away, back: make(chan struct{}), acked: map[string]uint64{},
				options: map[string]int{}, unheard: map[string][]wire.Unheard{},
				quiet: map[string]wire.AllReceiveOption{}}
			for _, name := range []string{"a", "b"} {
				w.nodes = append(w.nodes, in.node(name, shared, multi, func(cfg *chat.Config, _ *chat.Store, b *chat.Bus) {
					cfg.Messages.RecallWindow = time.Hour
					*b = mutedBus{*b, w.away, w.back}
				}))
			}
			for i, user := range append(talkers, talkers...) {
				p := in.player(w.nodes[i%2], user, []session.Platform{session.Linux, session.Android}[i/len(talkers)])
				w.devices = append(w.devices, &replica{player: p, known: map[string]*known{}})
				w.devices[i].sync()
			}
			for step := range 200 {
				w.step()
				if step%40 == 39 {
					w.compare()
				}
			}
		})
	}
}

// step does one random thing on a random device, which has heard of some of what was.
func (w *world) step() {
	d := w.devices[w.random.IntN(len(w.devices))]
	peer := talkers[w.random.IntN(len(talkers))]
	c := d.conv(peer)
	pos := 1 + w.random.Uint64N(c.Pos+1)
	switch w.random.IntN(20) {
	case 0, 1, 2, 3, 4:
		w.sent++
		w.send(d, peer, fmt.Sprintf("%s-%d", d.name, w.sent))
	case 5:
		w.send(d, peer, fmt.Sprintf("%s-%d", d.name, 1+w.random.IntN(w.sent+1))) // perhaps again
	case 6:
		if m, err := d.s.Revoke(d.held, wire.Revocation{ConvType: 1, ConvID: peer, Pos: pos}); err == nil { // it may be another's
			d.changed(peer, m)
		}
	case 7:
		asks(d.player, d.s.ReportRead, wire.ReadReport{ConvType: 1, ConvID: peer, Pos: pos})
	case 8:
		asks(d.player, d.s.DeleteMessages, wire.MessagesDeletion{ConvType: 1, ConvID: peer, Positions: []uint64{pos}})
	case 9:
		if w.random.IntN(5) == 0 {
			_, err := d.s.ClearConversation(d.held, wire.ConvRef{ConvType: 1, ConvID: peer}, w.random.IntN(2) == 0)
			require.NoError(d.t, err)
		}
	case 10:
		w.reconnect(d)
	case 11:
		w.bus(w.random.IntN(2) == 0)
	case 12:
		w.modify(d, peer, pos)
	case 13:
		d.receipts(asks(d.player, d.s.SendReceipts, wire.MessagePlaces{ConvType: 1, ConvID: peer, Positions: []uint64{pos, 1 + pos/2}}))
	case 14:
		w.receives(d, peer)
	case 15, 16:
		w.extend(d, peer, pos)
	case 17:
		w.react(d, peer, pos)
	case 18, 19:
		w.sort(d, "c2c_"+peer)
	}
	if w.random.IntN(3) == 0 {
		d.settle()
	}
}

// send sends a message, whose text is its id and its receiver.
func (w *world) send(d *replica, peer, id string) {
	m := textTo(peer, id, id+" to "+peer)
	m.NoUnread, m.NeedReceipt, m.Extensible = len(id)%5 == 0, len(id)%2 == 0, true
	outcome := d.s.SendMessages(d.held, []wire.Message{m})[0]
	require.NoError(d.t, outcome.Err)
	key := d.name + " " + peer + " " + id
	if before, again := w.acked[key]; again {
		require.Equal(d.t, before, outcome.Sent.Pos, "a resend is answered like the first")
	}
	w.acked[key] = outcome.Sent.Pos
	m.Pos = outcome.Sent.Pos
	d.placedByAnswer(peer, m)
}

// modify modifies a message as the device has it, which may be outdated.
func (w *world) modify(d *replica, peer string, pos uint64) {
	w.sent++
	m, here := d.conv(peer).messages[pos]
	if !here || m.Status == 6 {
		return
	}
	text := fmt.Sprintf("modified %d", w.sent)
	answer, err := d.s.Modify(d.held, modified(peer, pos, m.Edition, text))
	if err != nil {
		return // it was recalled or deleted meanwhile
	}
	require.Equal(d.t, !answer.Outdated, slices.Equal([]string{text}, textsOf(answer.Message)))
	if answer.Outdated {
		require.Greater(d.t, answer.Message.Edition, m.Edition, "another modified it before")
	} else {
		require.Equal(d.t, m.Edition+1, answer.Message.Edition)
	}
	d.changed(peer, answer.Message)
}

// placedByAnswer is what a sender makes of an answer: it asks for the message, which is
// simpler here than to put it together.
func (d *replica) placedByAnswer(peer string, m wire.Message) {
	if c := d.conv(peer); m.Pos > c.Pos {
		d.pull(c)
	}
}

// reconnect gives a device a new link, on the other node perhaps, that catches up.
func (w *world) reconnect(d *replica) {
	d.s.LinkClosed(d.held, true)
	fresh := w.in.player(w.nodes[w.random.IntN(2)], d.name, map[bool]session.Platform{true: session.Linux, false: session.Android}[w.isFirst(d)])
	fresh.sent = d.sent
	d.player = fresh
	d.sync()
}

func (w *world) isFirst(d *replica) bool {
	for _, other := range w.devices[:len(talkers)] {
		if other == d {
			return true
		}
	}
	return false
}

// bus lets the bus be there or not.
func (w *world) bus(there bool) {
	w.away.Store(!there)
	if there {
		for range w.nodes {
			w.back <- struct{}{}
		}
	}
}

// compare lets everything come to rest, and requires that all agree.
func (w *world) compare() {
	w.bus(true)
	for range 3 { // what one does when it catches up, another may hear of
		for _, d := range w.devices {
			d.settle()
		}
	}
	for _, d := range w.devices {
		w.compareGroups(d)
		for _, c := range d.conversations() {
			mine := d.conv(c.ConvID)
			require.Equal(d.t, c.Pos, mine.Pos, "%s with %s", d.name, c.ConvID)
			kept := asks(d.player, d.s.Messages, wire.MessagesRange{ConvType: 1, ConvID: c.ConvID, Count: 200}).Messages
			require.Equal(d.t, len(kept), len(mine.messages), "%s with %s", d.name, c.ConvID)
			for i, m := range mine.lines() {
				require.Equal(d.t, kept[i], m, "%s with %s", d.name, c.ConvID)
				if key := m.Sender + " " + m.ConvID + " " + m.MsgID; w.acked[key] != m.Pos {
					require.Failf(d.t, "a message is in another place", "%s: %d, %d was acknowledged", key, m.Pos, w.acked[key])
				}
			}
			require.Equal(d.t, w.options[d.name+" "+c.ConvID], mine.RecvOpt, "%s with %s", d.name, c.ConvID)
			w.compareUnheard(d, mine)
			d.compareExtras(mine)
			require.Equal(d.t, labelsIn(c), labelsIn(mine.Conversation), "%s with %s", d.name, c.ConvID)
			require.Equal(d.t, c.ReadPos, mine.ReadPos, "%s with %s", d.name, c.ConvID)
			require.Equal(d.t, c.Unread, mine.unread(d.name), "%s with %s", d.name, c.ConvID)
		}
	}
}
