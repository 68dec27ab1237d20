package sqlstore

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"
)

// Migrations are numbered from 0001 without a gap, and never changed once merged.
//
//go:embed migrations/*.sql
var migrationFiles embed.FS

type migration struct {
	version int
	name    string
	text    string
}

// migrations reads what is embedded, in order.
func migrations(files fs.FS) ([]migration, error) {
	names, err := fs.Glob(files, "migrations/*.sql") // sorted
	if err != nil {
		return nil, err
	}
	list := make([]migration, len(names))
	for i, path := range names {
		name := strings.TrimPrefix(path, "migrations/")
		number, _, _ := strings.Cut(name, "_")
		version, err := strconv.Atoi(number)
		if err != nil || len(number) != 4 || version != i+1 {
			return nil, fmt.Errorf("migration %s: its number should be %04d", name, i+1)
		}
		text, err := fs.ReadFile(files, path)
		if err != nil {
			return nil, err
		}
		list[i] = migration{version, name, string(text)}
	}
	return list, nil
}

// migrate returns the operation that brings the schema up to the last of list, all or
// nothing. It refuses a schema that is newer: an older program would corrupt it.
func migrate(list []migration) operation {
	return func(ctx context.Context, tx querier) error {
		if _, err := tx.ExecContext(ctx, `
			CREATE TABLE IF NOT EXISTS schema_migrations (
				version    BIGINT PRIMARY KEY,
				name       TEXT   NOT NULL,
				applied_at BIGINT NOT NULL
			)`); err != nil {
			return err
		}
		var have int
		if err := tx.QueryRowContext(ctx,
			`SELECT COALESCE(MAX(version), 0) FROM schema_migrations`).Scan(&have); err != nil {
			return err
		}
		if have > len(list) {
			return fmt.Errorf("the data are of schema %d, and this program knows schemas up to %d: start a newer one",
				have, len(list))
		}
		for _, m := range list[have:] {
			if err := m.apply(ctx, tx); err != nil {
				return fmt.Errorf("migration %s: %w", m.name, err)
			}
		}
		return nil
	}
}

// onlySQLite takes away what hides words of SQLite alone from PostgreSQL.
var onlySQLite = strings.NewReplacer("/*sqlite ", "", " sqlite*/", "")

func (m migration) apply(ctx context.Context, tx querier) error {
	text := m.text
	if _, shared := tx.(postgresTx); !shared {
		text = onlySQLite.Replace(text)
	}
	if _, err := tx.ExecContext(ctx, text); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO schema_migrations (version, name, applied_at) VALUES ($1, $2, $3)`,
		m.version, m.name, time.Now().UnixMilli())
	return err
}
