//go:build linux

package suite

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// Two nodes tell each other's players of extensions and reactions. Of two who write one
// extension at the same moment one loses, unless it had heard of the other's write.
func TestExtensionsAndReactionsOnTwoNodes(t *testing.T) {
	t.Parallel()
	a, b := startPair(t)
	a.URL, b.URL = "ws://"+a.URL, "ws://"+b.URL
	ann, bob := a.reactor(t, "ann", "linux", t.TempDir()), b.reactor(t, "bob", "linux", t.TempDir())
	m := ann.asksVotes("bob", "who plays?")
	bob.reads("who plays?")
	for round := range 5 {
		key := fmt.Sprint("k", round)
		write := func(p *puppet, with, value string) int {
			id, l := p.call("TIMMsgSetMessageExtensions", object(with, m), text("["+pair(key, value)+"]"))
			assert.Zero(t, l.Result)
			return id
		}
		anns, bobs := write(ann, "bob", "ann's"), write(bob, "ann", "bob's")
		first, second := ann.answer(anns), bob.answer(bobs)
		assert.Equal(t, []int{0, 0}, []int{first.Code, second.Code})
		annLost, bobLost := strings.Contains(*first.JSON, "23001"), strings.Contains(*second.JSON, "23001")
		assert.False(t, annLost && bobLost, "one of them wins")
		there := ann.extensions("bob", m)
		assert.JSONEq(t, there, bob.extensions("ann", m))
		if annLost {
			assert.Contains(t, there, pair(key, "bob's"))
		} else if bobLost {
			assert.Contains(t, there, pair(key, "ann's"))
		}
		ann.eventWith(onExtensions, key)
		bob.eventWith(onExtensions, key)
	}
	assert.Zero(t, ann.do("TIMMsgAddMessageReaction", object("bob", m), text("x")).Code)
	bob.told(onReactions, m)
	ann.told(onReactions, m)
	assert.Zero(t, bob.do("TIMMsgAddMessageReaction", object("ann", m), text("x")).Code)
	assert.Contains(t, ann.told(onReactions, m), `"message_reaction_total_user_count":2`)
	assert.Contains(t, bob.told(onReactions, m), `"message_reaction_reacted_by_myself":true`)
}
