package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/banter-im/banter/internal/wire"
)

// hears requires that the next message of a player is that one.
func (c *client) hears(id string) {
	c.t.Helper()
	c.socket.SetReadDeadline(time.Now().Add(patience))
	assert.Equal(c.t, id, body[wire.Message](c.t, c.expect(wire.EventMessage)).MsgID)
}

// awaitSync pings until a player was asked to catch up more than so often.
func (c *client) awaitSync(before int) {
	c.t.Helper()
	for deadline := time.Now().Add(patience); c.syncs <= before && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		c.socket.SetReadDeadline(time.Now().Add(patience))
		c.call(wire.CmdPing, nil)
	}
	assert.Greater(c.t, c.syncs, before)
}

func TestMessagesGoBetweenNodesAndOutliveTheirBus(t *testing.T) {
	r := newRuin(t)
	ann, bob := r.players[0], r.players[1]
	assert.EqualValues(t, 1, ann.say("player 1", "a", "over the bus").Pos)
	bob.hears("a")
	answer := bob.call(wire.CmdModify, wire.Modification{ConvType: 1, ConvID: "player 0", Pos: 1,
		Elements: textMessage("player 0", "", "modified at the other node").Elements})
	ann.socket.SetReadDeadline(time.Now().Add(patience))
	told := body[wire.Message](t, ann.expect(wire.EventMessageChanged))
	assert.Equal(t, body[wire.Modified](t, answer).Message, told)
	r.stopNATS()
	r.awaitBus(false)
	assert.EqualValues(t, 2, ann.say("player 1", "b", "without it").Pos)
	assert.EqualValues(t, 3, bob.say("player 0", "c", "nor this").Pos)
	syncs := []int{ann.syncs, bob.syncs}
	r.startNATS()
	r.awaitBus(true)
	for i, player := range r.players {
		player.awaitSync(syncs[i])
		assert.Len(t, player.history([]string{"player 1", "player 0"}[i]), 3)
	}
	assert.EqualValues(t, 4, bob.say("player 0", "d", "and over it again").Pos)
	ann.hears("d")
}
