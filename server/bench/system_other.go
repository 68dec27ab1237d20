//go:build !linux

package bench

import (
	"errors"
	"syscall"
	"time"
)

func choosePortLate(_, _ string, _ syscall.RawConn) error { return nil }

// usage is what processes have used.
type usage struct {
	cpu time.Duration
	rss int64
}

func readUsage([]int) (usage, error) {
	return usage{}, errors.New("--pid: what a process uses can be read on Linux only")
}

// allowFiles leaves the limit to Go, which raises it as far as it may.
func allowFiles(int) error { return nil }
