package main

import (
	"os"

	"golang.org/x/sys/windows"
)

func tryLock(file *os.File) error {
	const exclusiveNow = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	return windows.LockFileEx(windows.Handle(file.Fd()), exclusiveNow, 0, 1, 0, new(windows.Overlapped))
}
