package cache

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What a message costs must not grow with the conversation that it is sent in.
func TestNoQueryOfAMessageGoesThroughItsConversation(t *testing.T) {
	c := openAt(t, filepath.Join(t.TempDir(), "cache"))
	defer c.Close()
	number := fill(t, c, Place{1, 0}, Place{2, 0})
	require.NoError(t, c.Update(func() error { // as one that is sent, and then has its place
		unsent, err := c.NextPlace(number, 2)
		require.NoError(t, err)
		require.NoError(t, c.PutMessage(number, Message{Place: unsent, ID: "new", Body: []byte("{}")}))
		_, found, err := c.Find(number, "new")
		require.True(t, found)
		require.NoError(t, err)
		require.NoError(t, c.Delete(number, unsent))
		_, found, err = c.At(number, Place{3, 0})
		require.False(t, found)
		require.NoError(t, err)
		_, err = c.Holes(number, Range{3, 3})
		require.NoError(t, err)
		require.NoError(t, c.AddRange(number, Range{3, 3}))
		_, _, err = c.Unsent(number)
		return err
	}))
	looked := 0
	for text := range c.statements {
		for _, step := range planOf(t, c, text) {
			if strings.Contains(step, " messages ") {
				looked++
				assert.NotContains(t, step, "SCAN", text)
				assert.NotContains(t, step, "PRIMARY KEY (conversation=?)", text)
			}
		}
	}
	assert.GreaterOrEqual(t, looked, 5)
}

// planOf returns how SQLite goes about a statement, in steps.
func planOf(t *testing.T, c *Cache, text string) (steps []string) {
	t.Helper()
	rows, err := c.conn.QueryContext(context.Background(), "EXPLAIN QUERY PLAN "+text, make([]any, strings.Count(text, "?"))...)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var step string
		require.NoError(t, rows.Scan(&id, &parent, &unused, &step))
		steps = append(steps, step)
	}
	require.NoError(t, rows.Err())
	return steps
}

// BenchmarkUnsent looks for a message that the server does not have, behind many that it has.
func BenchmarkUnsent(b *testing.B) {
	for _, messages := range []uint64{100, 10_000} {
		b.Run(fmt.Sprint(messages), func(b *testing.B) {
			c, _, err := Open(filepath.Join(b.TempDir(), "cache"))
			require.NoError(b, err)
			defer c.Close()
			require.NoError(b, c.Update(func() error {
				for i := range messages {
					require.NoError(b, c.PutMessage(1, Message{Place: Place{Pos: 1 + i}, ID: fmt.Sprint(i), Status: 2, Body: benchBody}))
				}
				return nil
			}))
			for b.Loop() {
				_, found, err := c.Unsent(1)
				require.NoError(b, err)
				require.False(b, found)
			}
		})
	}
}
