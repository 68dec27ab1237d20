package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"reflect"

	"github.com/mattn/go-sqlite3"
)

// sqliteTx is the writer's transaction. What changes something, and what is asked, goes straight to
// the driver: database/sql takes about a fifth of what such a statement costs.
type sqliteTx struct {
	*sql.Conn
	counter
	args   []driver.NamedValue // of the statement that runs, as columns is of its rows
	values []driver.Value
}

// ExecContext is querier's. The driver's result is all that database/sql's has.
func (t *sqliteTx) ExecContext(ctx context.Context, query string, args ...any) (result sql.Result, err error) {
	named, err := t.named(args)
	if err != nil {
		return nil, err
	}
	err = t.Raw(func(conn any) error {
		result, err = conn.(*sqlite3.SQLiteConn).ExecContext(ctx, query, named)
		return err
	})
	return result, err
}

// ask runs a statement. The driver hands the arguments over and runs it in one call of C, where
// ExecContext makes one for each argument.
func (t *sqliteTx) ask(ctx context.Context, q question) error {
	named, err := t.named(q.args)
	if err != nil {
		return err
	}
	return t.Raw(func(conn any) error {
		rows, err := conn.(*sqlite3.SQLiteConn).QueryContext(ctx, q.query, named)
		if err != nil {
			return err
		}
		return errors.Join(t.read(rows, q.read), rows.Close())
	})
}

// read has each row read. A statement that returns rows has done all it does before the last.
func (t *sqliteTx) read(rows driver.Rows, read func(row) error) error {
	if read == nil {
		read = func(row) error { return nil }
	}
	count := 0
	for {
		if count == 0 {
			count = len(rows.Columns())
		}
		if cap(t.values) < count {
			t.values = make([]driver.Value, count)
		}
		values := t.values[:count]
		if err := rows.Next(values); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if err := read(sqliteRow(values)); err != nil {
			return err
		}
	}
}

// named are the arguments as the driver has them, good until the next statement.
func (t *sqliteTx) named(args []any) ([]driver.NamedValue, error) {
	t.args = t.args[:0]
	for i, arg := range args {
		switch arg.(type) {
		case int64, string: // most are, and need no change
		default:
			value, err := driver.DefaultParameterConverter.ConvertValue(arg)
			if err != nil {
				return nil, fmt.Errorf("argument $%d: %w", i+1, err)
			}
			arg = value
		}
		t.args = append(t.args, driver.NamedValue{Ordinal: i + 1, Value: arg})
	}
	return t.args, nil
}

// sqliteRow is a row whose values are of the types that SQLite has.
type sqliteRow []driver.Value

// Scan is that of *sql.Rows, for the types that this package reads.
func (r sqliteRow) Scan(into ...any) error {
	if len(into) != len(r) {
		return fmt.Errorf("a row has %d columns, and %d are read", len(r), len(into))
	}
	for i, value := range r {
		if err := scanInto(into[i], value); err != nil {
			return fmt.Errorf("column %d: %w", i+1, err)
		}
	}
	return nil
}

func scanInto(into any, value driver.Value) error {
	if scanner, ok := into.(sql.Scanner); ok {
		return scanner.Scan(value)
	}
	switch value := value.(type) {
	case int64:
		switch to := into.(type) {
		case *int64:
			*to = value
			return nil
		case *uint64:
			if value >= 0 {
				*to = uint64(value)
				return nil
			}
		}
	case string:
		if to, ok := into.(*string); ok {
			*to = value
			return nil
		}
		if to := reflect.ValueOf(into); to.Kind() == reflect.Pointer && to.Elem().Kind() == reflect.String {
			to.Elem().SetString(value)
			return nil
		}
	}
	return fmt.Errorf("a %T does not go into a %T", value, into)
}
