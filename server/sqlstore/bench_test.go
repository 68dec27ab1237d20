package sqlstore

import (
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/server/session"
)

// BenchmarkLogin logs users in as many callers at once do: each user has a session
// already, which the new one ends.
func BenchmarkLogin(b *testing.B) {
	for _, callers := range []int{1, 64, 512} {
		b.Run(fmt.Sprint(callers, " callers"), func(b *testing.B) {
			store := open(b, filepath.Join(b.TempDir(), "banter.db"))
			var logins atomic.Int64
			b.SetParallelism((callers + 1) / 2) // of GOMAXPROCS 2
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					n := logins.Add(1)
					o := loginOf(fmt.Sprint("user ", n%5000), fmt.Sprint(n))
					o.Admit = func(live []session.Live, newcomer session.Live) []session.Live {
						return session.Admit(session.Policy{}, live, newcomer)
					}
					opened, err := store.OpenSession(b.Context(), o)
					if err != nil {
						b.Error(err)
						return
					}
					for _, v := range opened.Victims {
						if err := store.ForgetSession(b.Context(), v.Ref); err != nil {
							b.Error(err)
						}
					}
				}
			})
			b.ReportMetric(float64(logins.Load())/b.Elapsed().Seconds(), "logins/s")
		})
	}
}

func BenchmarkPing(b *testing.B) {
	store := open(b, filepath.Join(b.TempDir(), "banter.db"))
	for b.Loop() {
		require.NoError(b, store.Ping(b.Context()))
	}
}
