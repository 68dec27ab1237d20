package sqlstore

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Events from before there were parts are all of part 0. A user's go before the later ones,
// though another node may have them.
func TestEventsOfTwoPartsKeepTheirOrder(t *testing.T) {
	require.NotZero(t, partOf("ann"))
	store := open(t, filepath.Join(t.TempDir(), "banter.db"))
	store.Report(func(uint64) bool { return true })
	_, err := store.OpenSession(t.Context(), loginOf("ann", "a"))
	require.NoError(t, err)
	exec := func(statement string) {
		require.NoError(t, store.db.change(t.Context(), func(ctx context.Context, tx querier) error {
			_, err := tx.ExecContext(ctx, statement)
			return err
		}))
	}
	exec("UPDATE outbox SET part = 0")
	_, err = store.OpenSession(t.Context(), loginOf("ann", "b"))
	require.NoError(t, err)
	_, err = store.Claim(t.Context(), 1, "n1", time.Hour)
	require.NoError(t, err)
	exec("UPDATE outbox_claims SET node = 'n2' WHERE part = 0")

	now := time.Now()
	later, err := store.Due(t.Context(), 1, "n1", now, 9)
	require.NoError(t, err)
	assert.Empty(t, later)
	first, err := store.Due(t.Context(), 1, "n2", now, 9)
	require.NoError(t, err)
	require.Len(t, first, 1)
	require.NoError(t, store.Settle(t.Context(), first, nil))
	later, err = store.Due(t.Context(), 1, "n1", now, 9)
	require.NoError(t, err)
	assert.Len(t, later, 1)
}
