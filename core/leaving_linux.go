package core

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// isLeft says whether who has a file is about to close it.
func isLeft(path string) bool {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return false
	}
	defer file.Close()
	mark := unix.Flock_t{Type: unix.F_WRLCK, Whence: io.SeekStart, Start: LeavingPlace, Len: 1}
	err = unix.FcntlFlock(file.Fd(), unix.F_OFD_GETLK, &mark)
	return err == nil && mark.Type != unix.F_UNLCK
}
