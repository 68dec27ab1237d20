package core

import (
	"os"

	"golang.org/x/sys/windows"
)

// tryLock takes f for this process, or fails at once. Closing f gives it back. The byte
// that is locked lies beyond the text: Windows keeps others from reading a locked one.
func tryLock(f *os.File) error {
	const flags = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	return windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, &windows.Overlapped{OffsetHigh: 1})
}
