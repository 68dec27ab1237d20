//go:build !windows

package core

import (
	"os"

	"golang.org/x/sys/unix"
)

// tryLock takes f for this process, or fails at once. Closing f gives it back.
func tryLock(f *os.File) error {
	return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
}
