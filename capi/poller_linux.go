package main

import (
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// pollerFiles are more than the two that Go opens: another thread may open some meanwhile, and
// a client wants more at once.
const pollerFiles = 6

var poller struct {
	sync.Mutex
	started bool
}

// startPoller has Go open the two files with which it waits for sockets and times. It does so
// with the first timer of a process, and ends the process when it cannot: so it is looked
// before whether there is room for them, and TIMInit fails while there is none.
func startPoller() error {
	poller.Lock()
	defer poller.Unlock()
	if poller.started {
		return nil
	}
	if err := tryFiles(pollerFiles); err != nil {
		return err
	}
	<-time.After(time.Nanosecond)
	poller.started = true
	return nil
}

// tryFiles opens so many files, and closes them.
func tryFiles(n int) error {
	for range n {
		file, err := unix.Eventfd(0, unix.EFD_CLOEXEC)
		if err != nil {
			return err
		}
		defer unix.Close(file)
	}
	return nil
}
