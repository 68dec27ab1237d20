package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"log/slog"
	"os"
)

const (
	// The write-ahead log is brought into the file after so many operations at most and at least, and
	// by a commit itself when it has grown to so many pages all the same.
	checkpointEvery = 4000
	checkpointSoon  = 500
	checkpointPages = 32_000

	// The log is given room for so many pages once there were so many operations: 33 MB.
	aheadPages = 8000
	aheadAfter = 200
)

// checkpointer brings the write-ahead log into the file. A commit that did that would keep all
// those behind it waiting for tens of milliseconds: what is in the log by now is copied beside
// the writer, and then the writer, between two commits, copies the little that came meanwhile.
// Only a log that is copied to its end begins anew.
type checkpointer struct {
	conn    *sql.Conn
	path    string // of the log
	log     *slog.Logger
	writer  *writer
	stopped chan struct{}
}

func startCheckpointer(conn *sql.Conn, path string, w *writer, log *slog.Logger) *checkpointer {
	c := &checkpointer{conn: conn, path: path + "-wal", log: log, writer: w, stopped: make(chan struct{})}
	go c.loop()
	return c
}

func (c *checkpointer) loop() {
	defer close(c.stopped)
	for extended := false; ; extended = true {
		select {
		case <-c.writer.full:
		case <-c.writer.stopped:
			return
		}
		if !extended {
			c.extend()
			c.writer.every.Store(checkpointSoon)
			continue
		}
		if pages := c.checkpoint(c.conn); pages >= 0 {
			c.writer.every.Store(nextCheckpoint(c.writer.every.Load(), pages))
			c.between(func() { c.checkpoint(c.writer.conn) })
		}
	}
}

// nextCheckpoint is after how many operations the log is about to be three quarters of what it has
// room for, if so many have made it as long as it is.
func nextCheckpoint(operations int64, pages int) int64 {
	return min(max(operations*aheadPages*3/4/int64(max(pages, 1)), checkpointSoon), checkpointEvery)
}

// between has the writer call f between two transactions, unless it has stopped.
func (c *checkpointer) between(f func()) {
	done := make(chan struct{})
	select {
	case c.writer.between <- func() { defer close(done); f() }:
		<-done
	case <-c.writer.stopped:
	}
}

// extend gives the log's file room for aheadPages. To bring a page to disk where the file has a place
// for it takes half as long as behind the file's end, where the file system has to find one and note it.
// SQLite begins anew at the log's start and never shortens it, and takes zeros for no pages. The
// writer is between two commits meanwhile, or it might write where the zeros go.
func (c *checkpointer) extend() {
	const page, chunk = 4096 + 24, 1 << 20
	zeros := make([]byte, chunk)
	for more := true; more; {
		more = false
		c.between(func() {
			size, err := appendTo(c.path, zeros)
			more = err == nil && size < aheadPages*page
			if err != nil {
				c.log.Debug("store: the write-ahead log was not extended", "error", err)
			}
		})
	}
}

// appendTo writes text at the end of a file and returns how long that is now. What does not go in whole
// is taken back: what is left on the disk is for those who need it.
func appendTo(path string, text []byte) (size int64, err error) {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	if size, err = file.Seek(0, io.SeekEnd); err != nil {
		return 0, err
	}
	if _, err = file.Write(text); err != nil {
		return size, errors.Join(err, file.Truncate(size))
	}
	return size + int64(len(text)), nil
}

// checkpoint copies what it can without waiting for anybody, and returns how many pages the log
// has, or -1 if it could not be done.
func (c *checkpointer) checkpoint(conn *sql.Conn) (pages int) {
	var busy, copied int
	err := conn.QueryRowContext(context.Background(), "PRAGMA wal_checkpoint(PASSIVE)").Scan(&busy, &pages, &copied)
	if err != nil {
		c.log.Warn("store: the write-ahead log was not brought into the file", "error", err)
		return -1
	}
	return pages
}

// close waits for the end of what is being copied. The writer has stopped.
func (c *checkpointer) close() error {
	<-c.stopped
	return c.conn.Close()
}
