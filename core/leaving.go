package core

import (
	"errors"
	"os"
	"path/filepath"
	"time"
)

// LeavingPlace is of a byte behind what the file of an install's id holds. Whoever goes on without
// waiting for Close locks it, through the same open file (InstallFile): who wants the file then
// waits for it.
const LeavingPlace = 64

// For how long a file is waited for that somebody leaves, and how often it is looked.
const (
	leavingPatience = time.Second
	leavingStep     = 2 * time.Millisecond
)

// openLeft is openLocked, and waits for a file that somebody is about to close.
func openLeft(folder, name string) (*os.File, error) {
	file, err := openLocked(folder, name)
	for until := time.Now().Add(leavingPatience); errors.Is(err, errInUse) && time.Now().Before(until); {
		left := isLeft(filepath.Join(folder, name))
		if file, err = openLocked(folder, name); !left { // nor was it before, or it is closed by now
			break
		}
		if err != nil {
			time.Sleep(leavingStep)
		}
	}
	return file, err
}

// InstallFile is the file of the install's id until Close; false when this client has none.
func (c *Client) InstallFile() (file uintptr, ok bool) {
	if c.instance.file == nil {
		return 0, false
	}
	return c.instance.file.Fd(), true
}
