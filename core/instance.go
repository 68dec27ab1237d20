package core

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// instance is the identity of an install: the same each time, and of one client at a
// time. A client that cannot have the file of the install is an instance of its own.
type instance struct {
	id   string
	file *os.File // locked while the client lives, or nil
	err  error    // why there is no file
}

// instanceIDBytes is the length of an id before it becomes hexadecimal.
const instanceIDBytes = 16

// openInstance reads the id of this install, or makes one. Apps that share a folder have
// one each.
func openInstance(folder string, appID uint64) instance {
	file, err := openLeft(folder, fmt.Sprintf("banter-instance-%d", appID))
	if err != nil {
		return instance{id: newInstanceID(), err: err}
	}
	id, err := readInstanceID(file)
	if err != nil {
		file.Close()
		return instance{id: newInstanceID(), err: err}
	}
	return instance{id: id, file: file}
}

func (i instance) close() {
	if i.file != nil {
		i.file.Close()
	}
}

// errInUse says that a file has an owner, and that is no trouble of this machine's.
var errInUse = errors.New("another client uses it")

// openLocked opens a file that its opener alone may use, also in this process; the folder
// is made.
func openLocked(folder, name string) (*os.File, error) {
	if folder == "" {
		return nil, errors.New("no config path is known")
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(filepath.Join(folder, name), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := tryLock(file); err != nil {
		file.Close()
		return nil, fmt.Errorf("%w: %s: %w", errInUse, name, err)
	}
	return file, nil
}

func readInstanceID(file *os.File) (string, error) {
	text := make([]byte, 2*instanceIDBytes)
	if _, err := io.ReadFull(file, text); err == nil {
		if _, err := hex.DecodeString(string(text)); err == nil {
			return string(text), nil
		}
	}
	id := newInstanceID() // the file is new, or was cut short
	if err := file.Truncate(0); err != nil {
		return "", err
	}
	if _, err := file.WriteAt([]byte(id), 0); err != nil {
		return "", err
	}
	return id, file.Sync()
}

func newInstanceID() string {
	id := make([]byte, instanceIDBytes)
	rand.Read(id) // never fails: it ends the process instead
	return hex.EncodeToString(id)
}
