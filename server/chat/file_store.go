package chat

import (
	"context"
	"errors"
	"time"
)

// FileKind is what an upload says that it is.
type FileKind string

// The kinds of files.
const (
	ImageFile    FileKind = "image"
	SoundFile    FileKind = "sound"
	VideoFile    FileKind = "video"
	OtherFile    FileKind = "file"
	SnapshotFile FileKind = "snapshot" // the still of a video
)

// File is what is known of an upload, or of a file once it is whole. Its bytes lie elsewhere.
type File struct {
	App      uint64
	ID       string // 32 lower-case hex digits, which only those know who were given them
	Owner    string
	Kind     FileKind
	Name     string // as it was uploaded, for readers
	Size     int64  // that it has, or is to have
	Created  time.Time
	Received int64 // bytes that are kept

	// Of a file that is whole.
	Finished      time.Time // zero: it is not
	Type          string    // found from its bytes
	Width, Height int       // of an image, as it is shown; 0: unknown
	Parent        string    // of a size of an image: the original's id
	Variant       FileSize  // which size it is
}

// FileSize names a size of an image.
type FileSize string

// The sizes of an image.
const (
	OriginalSize FileSize = "original"
	LargeSize    FileSize = "large"
	ThumbSize    FileSize = "thumb"
)

// FilePart is a piece of a file's bytes, in an object of its own that never changes.
type FilePart struct {
	Offset, Size int64
	Object       string // its name, where the bytes lie
}

// WholeFile is a file with its bytes in one part.
type WholeFile struct {
	File
	Part FilePart
}

// OpenFiles bounds the uploads of a user that are not whole.
type OpenFiles struct {
	Count int
	Bytes int64 // that they have together, or are to have
}

// FileRef names a file.
type FileRef struct {
	App uint64
	ID  string
}

// FileStore keeps what is known of files. An upload belongs to no node: each of its pieces
// is written to an object of a fresh name, and then becomes a part if the upload is still
// where the piece begins. So of two who write at once, on whichever nodes, one goes on.
type FileStore interface {
	// CreateFile notes an upload. Past what its owner may have open it is a *TooManyFilesError,
	// and without the owner's account ErrNoAccount.
	CreateFile(ctx context.Context, f File, most OpenFiles) error

	// File returns a file or an upload that is not removed, or ErrNoFile.
	File(ctx context.Context, ref FileRef) (File, error)

	// FileParts returns its parts in the order of their offsets.
	FileParts(ctx context.Context, ref FileRef) ([]FilePart, error)

	// AddFilePart makes an object the next part of an upload, and reports whether it did: not
	// if the upload does not end where the part begins, would become longer than its size, has
	// maxParts already or is removed.
	AddFilePart(ctx context.Context, ref FileRef, part FilePart, maxParts int) (bool, error)

	// FinishFile makes an upload whose bytes are all there a file, with the other sizes of an
	// image, and reports whether it did: not if it was done before, or is removed. Of whole
	// only what stands below Finished is looked at.
	FinishFile(ctx context.Context, whole File, sizes []WholeFile) (bool, error)

	// FileSizes returns the sizes of an image besides the original.
	FileSizes(ctx context.Context, parent FileRef) ([]File, error)

	// RemoveFile hides a file, or an upload, from all others from now on, and reports whether
	// it did. With onlyOpen it leaves a file that is whole. Its rows stay until ForgetFile.
	RemoveFile(ctx context.Context, ref FileRef, onlyOpen bool) (bool, error)

	// RemovedFiles returns at most limit of those that are removed and not forgotten.
	RemovedFiles(ctx context.Context, limit int) ([]FileRef, error)

	// ForgetFile deletes what is known of a removed file, when its bytes are gone.
	ForgetFile(ctx context.Context, ref FileRef) error

	// StaleUploads returns at most limit uploads that are not whole and were created before
	// a time.
	StaleUploads(ctx context.Context, before time.Time, limit int) ([]FileRef, error)

	// OldFiles returns at most limit files of the app that were whole before a time.
	OldFiles(ctx context.Context, app uint64, before time.Time, limit int) ([]FileRef, error)
}

// ErrNoFile says that a file is not known, or removed.
var ErrNoFile = errors.New("the file is not known")

// TooManyFilesError says what a user has open already.
type TooManyFilesError struct {
	Open OpenFiles
}

func (e *TooManyFilesError) Error() string { return "the user has too many open uploads" }
