package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/server/chat"
	"github.com/banter-im/banter/server/session"
)

// inTx runs an operation of a new store.
func inTx(t *testing.T, op operation) error {
	t.Helper()
	return open(t, filepath.Join(t.TempDir(), "banter.db")).db.change(t.Context(), op)
}

func TestAStatementsRowsAreScannedAsDatabaseSQLDoes(t *testing.T) {
	var number, second int64
	var positive uint64
	var text string
	var state chat.State
	var platform session.Platform
	var some, none sql.NullInt64
	require.NoError(t, inTx(t, func(ctx context.Context, tx querier) error {
		return ask(ctx, tx, question{query: `SELECT $1, $2, $3, $4, $5, $6, $7, 9`,
			args: []any{int64(-1), "text", chat.Lost, session.IPad, 7, sql.NullInt64{Int64: 8, Valid: true}, nil},
			read: func(r row) error {
				return r.Scan(&number, &text, &state, &platform, &second, &some, &none, &positive)
			}})
	}))
	assert.Equal(t, []any{int64(-1), "text", chat.Lost, session.IPad, int64(7)}, []any{number, text, state, platform, second})
	assert.Equal(t, sql.NullInt64{Int64: 8, Valid: true}, some)
	assert.Equal(t, sql.NullInt64{}, none)
	assert.Equal(t, uint64(9), positive)
}

func TestEveryRowIsRead(t *testing.T) {
	var read []int64
	three := question{query: `SELECT * FROM (VALUES ($1), ($2), ($3))`, args: []any{int64(1), int64(2), int64(3)}}
	require.NoError(t, inTx(t, func(ctx context.Context, tx querier) error {
		unread := three
		three.read = func(r row) error {
			read = append(read, 0)
			return r.Scan(&read[len(read)-1])
		}
		return ask(ctx, tx, unread, three)
	}))
	assert.Equal(t, []int64{1, 2, 3}, read)
}

func TestWhatIsWrongWithAStatementIsSaid(t *testing.T) {
	var number int64
	var positive uint64
	var text string
	scan := func(into ...any) func(row) error { return func(r row) error { return r.Scan(into...) } }
	for name, tt := range map[string]struct {
		question
		err string
	}{
		"its words":               {question{query: `SELECT nonsense`}, "nonsense"},
		"an argument is missing":  {question{query: `SELECT $1, $2`, args: []any{"a"}}, "want 2 got 1"},
		"an argument's type":      {question{query: `SELECT $1, $2`, args: []any{"a", struct{}{}}}, "argument $2"},
		"too few are read":        {question{query: `SELECT 1, 2`, read: scan(&number)}, "a row has 2 columns, and 1 are read"},
		"text for a number":       {question{query: `SELECT 1, 'a'`, read: scan(&number, &number)}, "column 2: a string does not go into a *int64"},
		"a number for text":       {question{query: `SELECT 1`, read: scan(&text)}, "column 1: a int64 does not go into a *string"},
		"less than nothing":       {question{query: `SELECT -1`, read: scan(&positive)}, "column 1: a int64 does not go into a *uint64"},
		"nothing for a number":    {question{query: `SELECT NULL`, read: scan(&number)}, "column 1"},
		"its reader":              {question{query: `SELECT 1`, read: func(row) error { return errNotWell }}, errNotWell.Error()},
		"what it does":            {question{query: `INSERT INTO leases (node) VALUES ('n')`}, "NOT NULL"},
		"what it does to a later": {question{query: `INSERT INTO pings (id, at) VALUES (1, 2), (2, 3), (1, 4)`}, "UNIQUE"},
	} {
		t.Run(name, func(t *testing.T) {
			err := inTx(t, func(ctx context.Context, tx querier) error { return ask(ctx, tx, tt.question) })
			assert.ErrorContains(t, err, tt.err)
		})
	}
	assert.ErrorContains(t, inTx(t, func(ctx context.Context, tx querier) error {
		_, err := tx.ExecContext(ctx, `SELECT $1`, struct{}{})
		return err
	}), "argument $1")
}

func TestTheRowsOfAnotherStatementAreReadAfterAnError(t *testing.T) {
	var number int64
	require.NoError(t, inTx(t, func(ctx context.Context, tx querier) error {
		failed := ask(ctx, tx, question{query: `SELECT * FROM (VALUES (1), (2))`, read: func(row) error { return errNotWell }})
		if !errors.Is(failed, errNotWell) {
			return errors.New("it did not fail")
		}
		return ask(ctx, tx, question{query: `SELECT 3`, read: func(r row) error { return r.Scan(&number) }})
	}))
	assert.EqualValues(t, 3, number)
}

func TestWhatIsNeedlessIsNotAsked(t *testing.T) {
	var found int64
	needless := question{query: `SELECT nonsense`, needless: func() bool { return found == 1 }}
	one := question{query: `SELECT 1`, read: func(r row) error { return r.Scan(&found) }}
	assert.NoError(t, inTx(t, func(ctx context.Context, tx querier) error { return ask(ctx, tx, one, needless) }))
	found = 0
	assert.ErrorContains(t, inTx(t, func(ctx context.Context, tx querier) error { return ask(ctx, tx, needless) }), "nonsense")
}
