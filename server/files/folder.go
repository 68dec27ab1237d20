package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"github.com/banter-im/banter/server/chat"
)

// Folder is a Store in a folder, which several nodes may share on a network disk. The objects
// of a file are in a folder of their own: <app>/<first two of its id>/<its id>/<object>.
type Folder struct {
	root string
}

const unfinished = "tmp" // of the root: what is being written

// OpenFolder returns the Store in a folder, and makes it for its owner's eyes only if it is
// not there.
func OpenFolder(root string) (*Folder, error) {
	if err := makeFolders(filepath.Join(root, unfinished)); err != nil {
		return nil, fmt.Errorf("the folder of files: %w", err)
	}
	return &Folder{root}, nil
}

func (f *Folder) of(ref chat.FileRef) string {
	return filepath.Join(f.root, strconv.FormatUint(ref.App, 10), ref.ID[:2], ref.ID)
}

// Create is that of Store.
func (f *Folder) Create() (Object, error) {
	object, err := f.create()
	if err != nil {
		return nil, err
	}
	return object, nil
}

func (f *Folder) create() (*folderObject, error) {
	file, err := os.CreateTemp(filepath.Join(f.root, unfinished), "") // 0600
	if err != nil {
		return nil, err
	}
	return &folderObject{File: file, folder: f}, nil
}

// Open is that of Store.
func (f *Folder) Open(_ context.Context, ref chat.FileRef, object string, offset int64) (io.ReadCloser, error) {
	if err := checkNames(ref, object); err != nil {
		return nil, err
	}
	file, err := os.Open(filepath.Join(f.of(ref), object))
	if err != nil {
		return nil, err
	}
	if _, err := file.Seek(offset, io.SeekStart); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// Remove is that of Store.
func (f *Folder) Remove(_ context.Context, ref chat.FileRef, object string) error {
	if err := checkNames(ref, object); err != nil {
		return err
	}
	err := os.Remove(filepath.Join(f.of(ref), object))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// RemoveFile is that of Store.
func (f *Folder) RemoveFile(_ context.Context, ref chat.FileRef) error {
	if !fileID.MatchString(ref.ID) {
		return errName
	}
	return os.RemoveAll(f.of(ref))
}

// Clean is that of Store.
func (f *Folder) Clean(before time.Time) error {
	folder := filepath.Join(f.root, unfinished)
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	var problems []error
	for _, entry := range entries {
		info, err := entry.Info()
		if err == nil && info.ModTime().Before(before) {
			err = os.Remove(filepath.Join(folder, entry.Name()))
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // another node was faster
			problems = append(problems, err)
		}
	}
	return errors.Join(problems...)
}

// folderObject is written beside the others, and moved to its place when it is on the disk.
type folderObject struct {
	*os.File
	folder *Folder
	done   bool
}

// Commit is that of Object.
func (o *folderObject) Commit(_ context.Context, ref chat.FileRef, object string) error {
	if err := checkNames(ref, object); err != nil {
		return err
	}
	if err := errors.Join(o.Sync(), o.Close()); err != nil {
		return err
	}
	folder := o.folder.of(ref)
	if err := makeFolders(folder); err != nil {
		return err
	}
	if err := os.Rename(o.Name(), filepath.Join(folder, object)); err != nil {
		return err
	}
	o.done = true
	return syncFolder(folder)
}

// Discard is that of Object.
func (o *folderObject) Discard() {
	if !o.done {
		o.Close()
		os.Remove(o.Name())
		o.done = true
	}
}

// makeFolders makes a folder and those above it that are missing, and sees to it that they
// outlast a cut of the power.
func makeFolders(path string) error {
	err := os.Mkdir(path, 0o700)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil
	case errors.Is(err, fs.ErrNotExist):
		if err := makeFolders(filepath.Dir(path)); err != nil {
			return err
		}
		if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	case err != nil:
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes the names in a folder durable. Windows has no such call, and needs none.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
