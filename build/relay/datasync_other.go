//go:build !linux

package main

import "os"

// datasync waits until the file's bytes are on disk.
func datasync(file *os.File) error { return file.Sync() }
