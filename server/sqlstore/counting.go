package sqlstore

import (
	"maps"
	"slices"

	"github.com/banter-im/banter/server/chat"
)

// counter adds up what the operations of one transaction count, since most of a batch count the
// same figures. A figure here has no value.
type counter struct {
	sums map[chat.Figure]int64
	own  []chat.Figure // what the operation that runs has counted: it may fail yet
}

// begin forgets what a transaction has counted.
func (c *counter) begin() {
	clear(c.sums)
	c.own = c.own[:0]
}

// count adds one to a figure if the operation that runs succeeds.
func (c *counter) count(f chat.Figure) { c.own = append(c.own, f) }

// end ends an operation.
func (c *counter) end(failed error) {
	if failed == nil && len(c.own) > 0 {
		if c.sums == nil {
			c.sums = map[chat.Figure]int64{}
		}
		for _, f := range c.own {
			c.sums[f]++
		}
	}
	c.own = c.own[:0]
}

// sum returns what adds the sums to the figures.
func (c *counter) sum() (adds []question) {
	figures := slices.SortedFunc(maps.Keys(c.sums), byName)
	for i, f := range figures {
		figures[i].Value = c.sums[f]
	}
	for some := range slices.Chunk(figures, len(countQueries)-1) {
		adds = append(adds, adding(some))
	}
	return adds
}
