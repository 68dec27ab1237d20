package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/banter-im/banter/server/sqlstore"
)

// databaseFile is the name of the SQLite store in the data folder.
const databaseFile = "banter.db"

// backupCommand writes a copy of the store in the data folder while its server runs.
func backupCommand(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("banterd backup", flag.ContinueOnError)
	to := flags.String("to", "", "`file` of the copy, which must not be there yet")
	c, err := loadConfigWith(flags, args, getenv, stderr)
	switch {
	case err != nil:
		return err
	case *to == "":
		return errors.New("banterd backup: --to FILE is needed")
	case c.Server.Store != "":
		return errors.New("banterd backup: the data are in PostgreSQL: use pg_dump")
	}
	if err := sqlstore.BackupSQLite(ctx, filepath.Join(c.Server.Data, databaseFile), *to); err != nil {
		return fmt.Errorf("banterd backup: %w", err)
	}
	_, err = fmt.Fprintln(stdout, "ok")
	return err
}

// copyCommand brings what is in the data folder into the PostgreSQL database that the
// configuration names now.
func copyCommand(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	c, err := loadConfig("banterd copy", args, getenv, stderr)
	if err != nil {
		return err
	}
	if c.Server.Store == "" {
		return errors.New("banterd copy: server.store must name the PostgreSQL database to copy to")
	}
	if err := c.Server.storeConfig.check(); err != nil {
		return err
	}
	file := filepath.Join(c.Server.Data, databaseFile)
	if _, err := os.Stat(file); err != nil { // or an empty one would be made
		return fmt.Errorf("banterd copy: %w", err)
	}
	lock, err := openFolder(c.Server.Data) // no server may run on it
	if err != nil {
		return err
	}
	defer lock.Close()
	log := newLog(stderr, slog.LevelWarn)
	from, err := sqlstore.OpenSQLite(ctx, file, log)
	if err != nil {
		return err
	}
	to, err := sqlstore.OpenPostgres(ctx, c.Server.Store, log)
	if err != nil {
		return errors.Join(err, from.Close())
	}
	err = copyStore(ctx, from, to, stdout)
	return errors.Join(err, to.Close(), from.Close())
}

// copyStore copies, and says how much it was. What had a link when the server ended may
// resume on any node.
func copyStore(ctx context.Context, from, to *sqlstore.Store, stdout io.Writer) error {
	if _, err := from.LoseNode(ctx, onlyNode, time.Now()); err != nil {
		return err
	}
	counts, err := sqlstore.Copy(ctx, from, to)
	if err != nil {
		return fmt.Errorf("banterd copy: %w", err)
	}
	_, err = fmt.Fprintf(stdout, "copied %d accounts, %d sessions and %d events that wait\n",
		counts["accounts"], counts["sessions"], counts["outbox"])
	return err
}
