package core

import (
	"fmt"
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
	fillCache(b, filepath.Join(folder, "banter-messages-1-mfxg4.db"))
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

func fillCache(b *testing.B, path string) {
	b.Helper()
	file, _, err := cache.Open(path)
	require.NoError(b, err)
	server := newChatServer("ann")
	require.NoError(b, file.Update(func() error {
		for i := range 10_000 {
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
	require.NoError(b, file.Close())
}
