package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// notCopied are the tables of what runs, which a new place has its own of.
var notCopied = []string{"schema_migrations", "pings", "leases", "outbox_senders", "outbox_claims", "tasks"}

// ErrNotEmpty says that the store to copy to holds accounts already.
var ErrNotEmpty = errors.New("the store to copy to is not empty")

// Copy brings everything that an SQLite store holds into another store, which must be empty,
// all or nothing. It returns how many rows it copied of each table. Nobody may use either
// store meanwhile.
func Copy(ctx context.Context, from, to *Store) (map[string]int, error) {
	if _, ok := from.db.(*sqlite); !ok {
		return nil, errors.New("only a store in SQLite can be copied")
	}
	tables, err := copiedTables(ctx, from.db.reader())
	if err != nil {
		return nil, err
	}
	return change(ctx, to, func(ctx context.Context, tx querier) (map[string]int, error) {
		var full bool
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM accounts)`).Scan(&full); err != nil {
			return nil, err
		}
		if full {
			return nil, ErrNotEmpty
		}
		counts := map[string]int{}
		for _, table := range tables {
			n, err := copyTable(ctx, from.db.reader(), tx, table)
			if err != nil {
				return nil, fmt.Errorf("table %s: %w", table, err)
			}
			counts[table] = n
		}
		return counts, nil
	})
}

// copiedTables returns the tables to copy. Accounts come first: others refer to them.
func copiedTables(ctx context.Context, from querier) ([]string, error) {
	names, err := queryNames(ctx, from, `
		SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name <> 'accounts', name`)
	return slices.DeleteFunc(names, func(name string) bool { return slices.Contains(notCopied, name) }), err
}

// rowsAtATime go into one statement.
const rowsAtATime = 200

func copyTable(ctx context.Context, from, to querier, table string) (count int, err error) {
	rows, err := from.QueryContext(ctx, "SELECT * FROM "+table)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return 0, err
	}
	var values []any // of the rows that wait
	flush := func() error {
		if len(values) == 0 {
			return nil
		}
		_, err := to.ExecContext(ctx, insertion(table, columns, len(values)/len(columns)), values...)
		values = values[:0]
		return err
	}
	for rows.Next() {
		row := make([]any, len(columns))
		into := make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return 0, err
		}
		count++
		if values = append(values, row...); count%rowsAtATime == 0 {
			if err := flush(); err != nil {
				return 0, err
			}
		}
	}
	return count, errors.Join(rows.Err(), flush())
}

// insertion returns the statement that inserts so many rows.
func insertion(table string, columns []string, rows int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "INSERT INTO %s (%s) VALUES ", table, strings.Join(columns, ", "))
	for i := range rows * len(columns) {
		switch {
		case i == 0:
			b.WriteString("(")
		case i%len(columns) == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "$%d", i+1)
	}
	b.WriteString(")")
	return b.String()
}
