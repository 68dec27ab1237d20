package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// datasync waits until the file's bytes are on disk.
func datasync(file *os.File) error { return unix.Fdatasync(int(file.Fd())) }
