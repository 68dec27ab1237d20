package sqlstore

import (
	"context"
	"database/sql"
	"log/slog"
)

// The write-ahead log is brought into the file after so many operations, and by a commit
// itself when it has grown to so many pages all the same.
const (
	checkpointEvery = 4000
	checkpointPages = 32_000
)

// checkpointer brings the write-ahead log into the file. A commit that did that would keep all
// those behind it waiting for tens of milliseconds: what is in the log by now is copied beside
// the writer, and then the writer, between two commits, copies the little that came meanwhile.
// Only a log that is copied to its end begins anew.
type checkpointer struct {
	conn    *sql.Conn
	log     *slog.Logger
	writer  *writer
	stopped chan struct{}
}

func startCheckpointer(conn *sql.Conn, w *writer, log *slog.Logger) *checkpointer {
	c := &checkpointer{conn: conn, log: log, writer: w, stopped: make(chan struct{})}
	go c.loop()
	return c
}

func (c *checkpointer) loop() {
	defer close(c.stopped)
	for {
		select {
		case <-c.writer.full:
		case <-c.writer.stopped:
			return
		}
		if !c.checkpoint(c.conn) {
			continue
		}
		select {
		case c.writer.between <- func() { c.checkpoint(c.writer.conn) }:
		case <-c.writer.stopped:
			return
		}
	}
}

// checkpoint copies what it can without waiting for anybody, and reports whether it could.
func (c *checkpointer) checkpoint(conn *sql.Conn) bool {
	var busy, pages, copied int
	err := conn.QueryRowContext(context.Background(), "PRAGMA wal_checkpoint(PASSIVE)").Scan(&busy, &pages, &copied)
	if err != nil {
		c.log.Warn("store: the write-ahead log was not brought into the file", "error", err)
	}
	return err == nil
}

// close waits for the end of what is being copied. The writer has stopped.
func (c *checkpointer) close() error {
	<-c.stopped
	return c.conn.Close()
}
