package cache

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// benchBody is a message of some 300 bytes.
var benchBody = []byte(`{"message_elem_array":[{"elem_type":0,"text_elem_content":"` + strings.Repeat("x", 100) + `"}],` + strings.Repeat(" ", 130) + `"a":1}`)

// BenchmarkKeepMessage keeps one message and its conversation in one transaction.
func BenchmarkKeepMessage(b *testing.B) {
	c, _, err := Open(filepath.Join(b.TempDir(), "cache"))
	require.NoError(b, err)
	defer c.Close()
	v := Conversation{Type: 1, ID: "bob"}
	for pos := uint64(1); b.Loop(); pos++ {
		require.NoError(b, c.Update(func() error {
			v.Pos, v.Last = pos, benchBody
			if err := c.PutConversation(&v); err != nil {
				return err
			}
			m := Message{Place: Place{Pos: pos}, ID: fmt.Sprintf("bob-1767225600-%d", pos), Status: 2, Body: benchBody}
			if err := c.PutMessage(v.Number, m); err != nil {
				return err
			}
			return c.AddRange(v.Number, Range{pos, pos})
		}))
	}
}

// BenchmarkOpen opens a cache with 10,000 conversations, and reads them.
func BenchmarkOpen(b *testing.B) {
	path := filepath.Join(b.TempDir(), "cache")
	c, _, err := Open(path)
	require.NoError(b, err)
	require.NoError(b, c.Update(func() error {
		for i := range 10_000 {
			if err := c.PutConversation(&Conversation{Type: 1, ID: fmt.Sprint("user", i), Pos: 1, Last: benchBody}); err != nil {
				return err
			}
		}
		return nil
	}))
	require.NoError(b, c.Close())
	for b.Loop() {
		c, _, err := Open(path)
		require.NoError(b, err)
		list, err := c.Conversations()
		require.NoError(b, err)
		require.Len(b, list, 10_000)
		require.NoError(b, c.Close())
	}
}

// BenchmarkHistory reads a page of 20 from 100,000 messages.
func BenchmarkHistory(b *testing.B) {
	c, _, err := Open(filepath.Join(b.TempDir(), "cache"))
	require.NoError(b, err)
	defer c.Close()
	v := Conversation{Type: 1, ID: "bob"}
	require.NoError(b, c.Update(func() error {
		require.NoError(b, c.PutConversation(&v))
		for pos := uint64(1); pos <= 100_000; pos++ {
			m := Message{Place: Place{Pos: pos}, ID: fmt.Sprintf("bob-1767225600-%d", pos), Status: 2, Body: benchBody}
			require.NoError(b, c.PutMessage(v.Number, m))
		}
		return c.AddRange(v.Number, Range{1, 100_000})
	}))
	for pos := uint64(50_000); b.Loop(); pos++ {
		page, err := c.History(v.Number, Query{Start: Place{Pos: 1000 + pos*7919%90_000}, Limit: 20, Whole: Range{1, 100_000}})
		require.NoError(b, err)
		require.Len(b, page.Messages, 20)
	}
}

// BenchmarkSearch counts what has a word, of 100,000 messages in 20 conversations.
func BenchmarkSearch(b *testing.B) {
	c, _, err := Open(filepath.Join(b.TempDir(), "cache"))
	require.NoError(b, err)
	defer c.Close()
	text := strings.Repeat("我们明天去公会打 ", 3) + strings.Repeat("and so on ", 3)
	require.NoError(b, c.Update(func() error {
		for i := range uint64(100_000) {
			m := Message{Place: Place{Pos: 1 + i/20}, ID: fmt.Sprintf("bob-1767225600-%d", i), Status: 2, Body: benchBody,
				Sender: "bob", Kinds: 1, Text: text}
			if i%1000 == 0 {
				m.Text += "龙"
			}
			require.NoError(b, c.PutMessage(1+int64(i%20), m))
		}
		return nil
	}))
	for _, word := range []string{"龙", "nowhere"} {
		b.Run(word, func(b *testing.B) {
			for b.Loop() {
				n := 0
				for number := range int64(20) {
					found, err := c.Search(1+number, Range{0, Newest}, Search{Words: []string{word}, Kinds: 1})
					require.NoError(b, err)
					n += len(found)
				}
				require.Equal(b, map[string]int{"龙": 100}[word], n)
			}
		})
	}
}

// BenchmarkFind finds one of 100,000 messages of a conversation by its id.
func BenchmarkFind(b *testing.B) {
	c, _, err := Open(filepath.Join(b.TempDir(), "cache"))
	require.NoError(b, err)
	defer c.Close()
	require.NoError(b, c.Update(func() error {
		for i := range uint64(100_000) {
			require.NoError(b, c.PutMessage(1, Message{Place: Place{Pos: 1 + i}, ID: fmt.Sprint(i), Status: 2, Body: benchBody}))
		}
		return nil
	}))
	for i := 0; b.Loop(); i++ {
		_, found, err := c.Find(1, fmt.Sprint(i*7919%100_000))
		require.NoError(b, err)
		require.True(b, found)
	}
}
