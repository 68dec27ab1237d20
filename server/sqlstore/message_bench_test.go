package sqlstore

import (
	"bytes"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/banter-im/banter/server/chat"
)

// BenchmarkAppendMessages is what pairs do who each have so many messages on their way: those
// of one pair that wait go into the store together.
func BenchmarkAppendMessages(b *testing.B) {
	for _, tt := range []struct{ pairs, together int }{{64, 1}, {64, 16}, {512, 1}, {5000, 1}} {
		b.Run(fmt.Sprintf("%d pairs, %d together", tt.pairs, tt.together), func(b *testing.B) {
			benchmarkAppend(b, open(b, filepath.Join(b.TempDir(), "banter.db")), tt.pairs, tt.together)
		})
	}
}

func benchmarkAppend(b *testing.B, store *Store, pairs, together int) {
	body := fmt.Appendf(nil, `{"text":"%s"}`, bytes.Repeat([]byte("x"), 288))
	var sent atomic.Int64
	b.SetParallelism((min(pairs, 512) + 1) / 2) // of GOMAXPROCS 2
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			n := sent.Add(1)
			conv := chat.C2C(1, "ann", fmt.Sprint("bob ", n%int64(pairs)))
			messages := make([]chat.NewMessage, together)
			for i := range messages {
				messages[i] = chat.NewMessage{Sender: "ann", ID: fmt.Sprint("ann-1700000000-", n, i), Counts: true, Last: true, Body: body}
			}
			if _, err := store.AppendMessages(b.Context(), conv, messages, time.UnixMilli(n)); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(sent.Load()*int64(together))/b.Elapsed().Seconds(), "messages/s")
}
