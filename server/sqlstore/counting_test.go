package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/server/chat"
)

// counting is an operation that logs a user in, and ends as it is told.
func counting(t *testing.T, store *Store, user string, end func() error) *job {
	return &job{ctx: t.Context(), run: func(ctx context.Context, tx querier) error {
		o := loginOf(user, user)
		o.At = time.Unix(1700000000, 0)
		_, err := store.login(ctx, tx, o)
		return errors.Join(err, end())
	}}
}

func TestABatchCountsWhatSucceeds(t *testing.T) {
	broken := func() error { panic("broken") }
	fails := func() error { return errNotWell }
	for name, tt := range map[string]struct {
		ends []func() error
		want int64
	}{
		"all":                  {[]func() error{well, well, well}, 3},
		"but for an error":     {[]func() error{well, fails, well}, 2},
		"but for the last one": {[]func() error{well, well, fails}, 2},
		"but for a panic":      {[]func() error{broken, well, well}, 2},
		"none":                 {[]func() error{fails, broken, fails}, 0},
		"a single failure":     {[]func() error{fails}, 0},
		"a single one":         {[]func() error{well}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			store := open(t, filepath.Join(t.TempDir(), "banter.db"))
			require.NoError(t, store.db.change(t.Context(), counting(t, store, "before", well).run))
			for round := range int64(2) { // the second one with savepoints, if something failed
				var jobs []*job
				for i, end := range tt.ends {
					jobs = append(jobs, counting(t, store, fmt.Sprint(round, i), end))
				}
				inOneBatch(t, store, jobs...)
				day := chat.DayOf(time.Unix(1700000000, 0))
				for figure, period := range map[string]int64{chat.ActiveInDay: day, chat.Registered: day,
					chat.ActiveInMonth: chat.MonthOf(time.Unix(1700000000, 0))} {
					sums, err := store.UsageOf(t.Context(), 1, figure, period, period)
					require.NoError(t, err)
					assert.Equal(t, map[int64]int64{period: 1 + (round+1)*tt.want}, sums, figure)
				}
			}
		})
	}
}
