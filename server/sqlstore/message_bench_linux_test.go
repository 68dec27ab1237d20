package sqlstore

import (
	"testing"

	"github.com/banter-im/banter/internal/pgtest"
)

func BenchmarkAppendMessagesPostgres(b *testing.B) {
	benchmarkAppend(b, openPostgres(b, pgtest.Start(b).Database(b)), 64, 1)
}
