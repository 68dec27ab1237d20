package core

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/core/cache"
	"github.com/banter-im/banter/internal/timerr"
)

// BenchmarkConversationList is the time from Login to the list of 10,000 conversations that
// the device has, without a server.
func BenchmarkConversationList(b *testing.B) {
	folder := b.TempDir()
	fillCache(b, cacheIn(folder), 10_000)
	config := fmt.Sprintf(`{"sdk_config_config_file_path":%q,"sdk_config_log_file_path":"/dev/null/none"}`, folder)
	server := &fakeServer{down: timerr.New(timerr.SDKNetConnRefuse)}
	size := 0
	for b.Loop() {
		b.StopTimer()
		c, err := New(Options{AppID: 1, ServerURLEnv: "wss://server.example", ConfigJSON: config, Settings: NewSettings(NewLogFiles()),
			Dialer: server.dial}, &fakeGame{})
		require.NoError(b, err)
		list := make(chan string)
		b.StartTimer()
		c.Login("ann", "a1", func(error, string) {})
		c.Conversations(func(_ error, text string) { list <- text })
		text := <-list
		b.StopTimer()
		require.Equal(b, 10_000, strings.Count(text, `"conv_id"`))
		size = len(text)
		c.Close()
		b.StartTimer()
	}
	b.ReportMetric(float64(size)/1e6, "MB")
}

// fillCache makes ann's file, with a conversation with each of so many users, the last of them
// the most recent.
func fillCache(t testing.TB, path string, users int) {
	t.Helper()
	file, _, err := cache.Open(path)
	require.NoError(t, err)
	server := newChatServer("ann")
	require.NoError(t, file.Update(func() error {
		for i := range users {
			peer := fmt.Sprint("user", i)
			c := &conversation{Conversation: cache.Conversation{Type: 1, ID: peer, Pos: 1, ActiveTime: int64(i + 1)}}
			last := fromServer(server.keeps(peer, "ann", strings.Repeat("x", 100)), "ann")
			c.last = &last
			if err := file.PutConversation(c.row()); err != nil {
				return err
			}
		}
		return nil
	}))
	require.NoError(t, file.Close())
}

// BenchmarkCacheSize is what the file of the cache takes for each message that was received,
// of about 300 bytes, when the cache has been closed.
func BenchmarkCacheSize(b *testing.B) {
	for _, messages := range []int{1_000, 100_000} {
		b.Run(fmt.Sprint(messages), func(b *testing.B) {
			var size int64
			for b.Loop() {
				path := filepath.Join(b.TempDir(), "cache")
				body := fillMessages(b, path, messages)
				b.ReportMetric(float64(body), "body-B")
				info, err := os.Stat(path)
				require.NoError(b, err)
				size = info.Size()
			}
			b.ReportMetric(float64(size)/float64(messages), "B/message")
		})
	}
}

// fillMessages has a cache keep messages of ten conversations as they come in, and returns
// how long one is in JSON.
func fillMessages(b *testing.B, path string, messages int) (body int) {
	b.Helper()
	file, _, err := cache.Open(path)
	require.NoError(b, err)
	sent := newChatServer("ann").keeps("user", "ann", strings.Repeat("some words ", 20))
	const together = 500
	for first := 0; first < messages; first += together {
		require.NoError(b, file.Update(func() error {
			for i := first; i < first+together; i++ {
				number, pos := int64(1+i%10), uint64(1+i/10)
				sent.Sender = fmt.Sprint("user", number)
				sent.MsgID, sent.Pos = fmt.Sprintf("user%d-1767225600-%d", number, 1_000_000_000+i), pos
				row := fromServer(sent, "ann").row()
				body = len(row.Body)
				if err := errors.Join(file.PutMessage(number, row), file.AddRange(number, cache.Range{First: pos, Last: pos})); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	require.NoError(b, file.Close())
	return body
}
