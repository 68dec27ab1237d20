package cache

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestThePlaceOfATime(t *testing.T) {
	c := openAt(t, "")
	defer c.Close()
	number := fill(t, c, Place{10, 0}, Place{10, 1}, Place{20, 0}, Place{21, 0}, Place{40, 0}) // each from its own second
	for time, want := range map[int64]uint64{0: 0, 9: 0, 10: 10, 11: 10, 20: 20, 39: 21, 40: 40, 1 << 40: 40} {
		pos, err := c.PosAt(number, time)
		require.NoError(t, err)
		assert.Equal(t, want, pos, "%d", time)
	}
	pos, err := c.PosAt(number+1, 5)
	require.NoError(t, err)
	assert.Zero(t, pos, "of a conversation that has nothing")
}

func TestMessagesArePutAmongThoseThatWereNotSent(t *testing.T) {
	c := openAt(t, "")
	defer c.Close()
	number := fill(t, c, Place{3, 0})
	put := func(times ...int64) (moved map[int64]int64) {
		var list []Message
		for _, at := range times {
			list = append(list, Message{ID: fmt.Sprint(at), Time: at, Status: 5, Body: []byte("{}"), Text: "made", Kinds: 1})
		}
		require.NoError(t, c.Update(func() (err error) {
			moved, err = c.Insert(number, 3, list)
			return err
		}))
		return moved
	}
	assert.Empty(t, put(7, 5, 9))
	assert.Equal(t, map[int64]int64{3: 4}, put(8))
	assert.Equal(t, map[int64]int64{1: 2, 2: 3, 3: 4, 4: 5}, put(4))
	page, err := c.History(number, Query{Start: Oldest, Newer: true, Limit: 20, Gaps: true})
	require.NoError(t, err)
	assert.Equal(t, []string{"3", "4", "5", "7", "8", "9"}, names(page.Messages))
	found, err := c.Search(number, Range{0, Newest}, Search{Words: []string{"made"}, Kinds: 1})
	require.NoError(t, err)
	assert.Len(t, found, 5, "what was moved is found as before")
}

// What every message asks for must not go through its conversation.
func TestAMessageIsFoundByTheIndexOfIDs(t *testing.T) {
	c := openAt(t, "")
	defer c.Close()
	number := fill(t, c, Place{1, 0}, Place{2, 0})
	_, found, err := c.Find(number, "2")
	require.NoError(t, err)
	assert.True(t, found)
	for text := range c.statements {
		if !strings.Contains(text, "id = ?") {
			continue
		}
		plan := ""
		require.NoError(t, c.all(func(row scanner) error {
			var id, parent, unused int
			return row.Scan(&id, &parent, &unused, &plan)
		}, "EXPLAIN QUERY PLAN "+text, number, "2"))
		assert.Contains(t, plan, "messages_by_id (id=? AND conversation=?)")
		return
	}
	assert.Fail(t, "no statement looks for an id")
}
