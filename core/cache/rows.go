package cache

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
)

// values are those of a row as the driver has them: where ten thousand rows are read, it costs
// as much to have database/sql convert them as to read them.
type values struct {
	list   []driver.Value
	column int
	err    error
}

// errNoSense says that a column has what was never put there.
var errNoSense = errors.New("the file has what makes no sense")

// next returns the value of the next column, which has to be a T.
func next[T any](v *values) (value T) {
	value, ok := v.list[v.column].(T)
	if !ok && v.err == nil {
		v.err = fmt.Errorf("%w: column %d of a row is a %T, not a %T", errNoSense, v.column, v.list[v.column], value)
	}
	v.column++
	return value
}

func (v *values) int() int64 { return next[int64](v) }

func (v *values) uint() uint64 { return uint64(next[int64](v)) }

func (v *values) text() string { return next[string](v) }

// blob returns bytes that are the caller's; nil for NULL.
func (v *values) blob() []byte {
	if v.list[v.column] == nil {
		v.column++
		return nil
	}
	return next[[]byte](v)
}

// each calls f for every row of a query.
func (c *Cache) each(f func(*values), query string) error {
	return c.seen(c.conn.Raw(func(conn any) error {
		rows, err := conn.(driver.QueryerContext).QueryContext(context.Background(), query, nil)
		if err != nil {
			return err
		}
		v := values{list: make([]driver.Value, len(rows.Columns()))}
		for err == nil {
			if err = rows.Next(v.list); err == nil {
				f(&v)
				v.column, err = 0, v.err
			}
		}
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return errors.Join(err, rows.Close())
	}))
}
