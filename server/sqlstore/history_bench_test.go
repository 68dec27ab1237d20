package sqlstore

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/server/chat"
)

// longHistory is how many messages the conversation has whose history is read.
const longHistory = 1_000_000

// BenchmarkHistoryPage reads pages of 20 messages of some 300 bytes from a conversation that
// has a million: a second has ten of them.
func BenchmarkHistoryPage(b *testing.B) {
	benchmarkHistory(b, open(b, filepath.Join(b.TempDir(), "banter.db")))
}

func benchmarkHistory(b *testing.B, store *Store) {
	conv, start := chat.C2C(1, "ann", "bob"), time.UnixMilli(1700000000000)
	fillHistory(b, store, conv, start)
	pick := func() uint64 { return 20 + rand.Uint64N(longHistory-20) }
	at := func(pos uint64) time.Time {
		return start.Add(time.Duration(pos) * 100 * time.Millisecond).Truncate(time.Second)
	}
	for _, tt := range []struct {
		name string
		part func() chat.Part
	}{
		{"newest", func() chat.Part { return chat.Part{NewestFirst: true} }},
		{"middle", func() chat.Part { return chat.Part{To: pick(), NewestFirst: true} }},
		{"from a place on", func() chat.Part { return chat.Part{From: pick() - 19} }},
		{"of two seconds", func() chat.Part {
			from := at(pick())
			return chat.Part{Earliest: from, Latest: from.Add(2 * time.Second)}
		}},
	} {
		b.Run(tt.name, func(b *testing.B) {
			took := make([]time.Duration, 0, 1<<16)
			for b.Loop() {
				part := tt.part()
				part.Limit, part.Bytes = 20, 512<<10
				began := time.Now()
				page, err := store.Messages(b.Context(), conv, "ann", part)
				took = append(took, time.Since(began))
				require.NoError(b, err)
				require.NotEmpty(b, page.Messages)
			}
			slices.Sort(took)
			for name, share := range map[string]float64{"p50-us": 0.5, "p99-us": 0.99} {
				b.ReportMetric(float64(took[int(share*float64(len(took)-1))].Microseconds()), name)
			}
		})
	}
}

// fillHistory puts the messages into the store with one statement.
func fillHistory(b *testing.B, store *Store, conv chat.Conv, start time.Time) {
	b.Helper()
	first := chat.NewMessage{Sender: "ann", ID: "ann-1700000000-1", Counts: true, Last: true, Body: []byte("{}")}
	_, err := store.AppendMessages(b.Context(), conv, []chat.NewMessage{first}, start)
	require.NoError(b, err)
	_, err = change(b.Context(), store, func(ctx context.Context, tx querier) (none struct{}, err error) {
		c, err := lockConversation(ctx, tx, conv)
		if err != nil {
			return none, err
		}
		if _, err = tx.ExecContext(ctx, `
			WITH RECURSIVE n(i) AS (SELECT CAST(2 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < CAST($1 AS BIGINT))
			INSERT INTO messages (conv, pos, id_hash, sender, sent_at, flags, version, body)
			SELECT CAST($2 AS BIGINT), i, (i * 2654435761) % 4294967296, 'ann',
				CAST($3 AS BIGINT) + i * 100, 3, 0, CAST($4 AS TEXT) FROM n`,
			longHistory, c.id, start.UnixMilli(), `{"text":"`+string(slices.Repeat([]byte("x"), 288))+`"}`); err != nil {
			return none, err
		}
		c.pos, c.lastPos, c.counted[1], c.sentAt = longHistory, longHistory, longHistory, start.UnixMilli()+longHistory*100
		return none, c.save(ctx, tx)
	})
	require.NoError(b, err)
}
