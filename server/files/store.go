package files

import (
	"context"
	"errors"
	"io"
	"regexp"
	"time"

	"github.com/banter-im/banter/server/chat"
)

// Store is where the bytes of files lie, in objects that are written once and never change.
// Nodes that share the domain's store must share this one. Its methods may be called at the
// same time.
type Store interface {
	// Create begins an object, which nobody sees before Commit.
	Create() (Object, error)

	// Open reads an object of a file from an offset on. One that is not there is an error.
	Open(ctx context.Context, ref chat.FileRef, object string, offset int64) (io.ReadCloser, error)

	// Remove removes an object, if it is there.
	Remove(ctx context.Context, ref chat.FileRef, object string) error

	// RemoveFile removes all objects of a file, also those that became no part of it.
	RemoveFile(ctx context.Context, ref chat.FileRef) error

	// Clean removes what processes that were killed had begun before a time.
	Clean(before time.Time) error
}

// Object is one that is being written. Commit or Discard ends it; Discard may follow either.
type Object interface {
	io.Writer
	// Commit makes it an object of a file. When it returns nil, the object is durable.
	Commit(ctx context.Context, ref chat.FileRef, object string) error
	Discard()
}

// Names of files and objects are ours: nothing that a client says is one. A Store looks all
// the same, for a name becomes a path.
var (
	fileID     = regexp.MustCompile(`^[0-9a-f]{32}$`)
	objectName = regexp.MustCompile(`^[0-9a-z-]{1,64}$`)
)

var errName = errors.New("files: no name of an object of ours")

func checkNames(ref chat.FileRef, object string) error {
	if !fileID.MatchString(ref.ID) || !objectName.MatchString(object) {
		return errName
	}
	return nil
}
