package main

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/pgtest"
	"github.com/banter-im/banter/internal/wire"
)

// A node is killed while the backend is down: the other one tells it of every message that was
// acknowledged, in order.
func TestAKilledNodesMessagesAreToldByAnother(t *testing.T) {
	t.Parallel() // it waits more than it works
	store := pgtest.Start(t).Database(t)
	m := startModerator(t)
	settings := fmt.Sprintf("webhook_url = %q\nwebhook_refuse_unanswered = true\n", m.URL) +
		"webhook_commands = ['C2C.CallbackBeforeSendMsg', 'C2C.CallbackAfterSendMsg']\n"
	a, b := startNodeOf(t, store, short, "", settings), startNodeOf(t, store, short, "", settings)
	bob, _ := b.online("bob", "linux", "bob")
	ann, _ := a.online("ann", "linux", "ann")
	var want []string
	say := func(on *client, id, text string) {
		t.Helper()
		on.say("bob", id, text)
		want = append(want, fmt.Sprintf("Sent %s %d", text, len(want)+1))
	}
	say(ann, "0", "hello")
	assert.EqualValues(t, 80003, func() int {
		m.set(false, true)
		defer m.set(false, false)
		return int(ann.call(wire.CmdSendMessage, textMessage("bob", "lost", "unanswered")).Code)
	}())
	rewritten := textMessage("bob", "1", "damn")
	answer := ann.call(wire.CmdSendMessage, rewritten)
	require.Zero(t, answer.Code, answer.Desc)
	want = append(want, "Sent **** 2")
	for i := range 20 {
		say(ann, fmt.Sprint("n", i), fmt.Sprint("number ", i))
	}
	require.NoError(t, a.Process.Kill())
	ann, _ = b.online("ann", "linux", "ann again")
	again := body[wire.Sent](t, ann.call(wire.CmdSendMessage, rewritten))
	require.NotNil(t, again.Message)
	assert.Equal(t, "****", textOf(*again.Message), "like the first time, on another node")
	say(ann, "last", "last")
	m.await("ann", want...)
	assert.Len(t, bob.texts("ann"), len(want))
}
