package sqlstore

import (
	"testing"

	"github.com/banter-im/banter/internal/pgtest"
)

// BenchmarkHistoryPagePostgres is BenchmarkHistoryPage on PostgreSQL.
func BenchmarkHistoryPagePostgres(b *testing.B) {
	benchmarkHistory(b, openPostgres(b, pgtest.Start(b).Database(b)))
}
