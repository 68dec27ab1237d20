package main

import (
	"fmt"
	"os"
	"sync"
)

// log is a file of records. While one batch goes to disk the next one gathers.
type log struct {
	file *os.File

	mu      sync.Mutex
	more    sync.Cond
	records []byte
	done    []func()
	closed  bool
	ended   chan struct{}
}

func openLog(name string) (*log, error) {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	l := &log{file: file, ended: make(chan struct{})}
	l.more.L = &l.mu
	go l.write()
	return l, nil
}

// add queues a record. When it is on disk, done is called, in the order of the records.
func (l *log) add(record []byte, done func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.records = append(append(l.records, record...), '\n')
	l.done = append(l.done, done)
	l.more.Signal()
}

func (l *log) write() {
	defer close(l.ended)
	var records []byte
	var done []func()
	for {
		l.mu.Lock()
		for len(l.done) == 0 && !l.closed {
			l.more.Wait()
		}
		if len(l.done) == 0 {
			l.mu.Unlock()
			return
		}
		records, l.records = l.records, records[:0]
		done, l.done = l.done, done[:0]
		l.mu.Unlock()
		_, err := l.file.Write(records)
		if err == nil {
			err = datasync(l.file)
		}
		if err != nil { // what was not kept must not be answered
			fmt.Fprintln(os.Stderr, "relay: keep the log:", err)
			os.Exit(1)
		}
		for _, f := range done {
			f()
		}
	}
}

// close writes what waits.
func (l *log) close() {
	l.mu.Lock()
	l.closed = true
	l.more.Signal()
	l.mu.Unlock()
	<-l.ended
	l.file.Close()
}
