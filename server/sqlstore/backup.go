package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
)

// BackupSQLite writes what the file at path holds now to a new file, for its owner's eyes
// only. The process that has the store open goes on meanwhile.
func BackupSQLite(ctx context.Context, path, to string) (err error) {
	if _, err := os.Stat(path); err != nil { // SQLite would make one
		return err
	}
	file, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(to)
		}
	}()
	db := sql.OpenDB(newConnector(path, []string{"PRAGMA busy_timeout = 5000"}))
	_, err = db.ExecContext(ctx, `VACUUM INTO $1`, to)
	if err := errors.Join(err, db.Close()); err != nil {
		return errors.Join(fmt.Errorf("copy %s: %w", path, err), file.Close())
	}
	return errors.Join(checkSQLite(ctx, to), file.Sync(), file.Close())
}

// checkSQLite reads a whole file and says whether it is damaged.
func checkSQLite(ctx context.Context, path string) error {
	db := sql.OpenDB(newConnector(path, nil))
	defer db.Close()
	var found string
	err := db.QueryRowContext(ctx, "PRAGMA integrity_check").Scan(&found)
	if err == nil && found != "ok" {
		err = errors.New(found)
	}
	if err != nil {
		return fmt.Errorf("check %s: %w", path, err)
	}
	return nil
}
