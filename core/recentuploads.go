package core

import (
	"sync"
	"time"

	"github.com/banter-im/banter/internal/wire"
)

// The uploads that are remembered: a message to many has its file uploaded for the first of
// them, and so has one that is sent to one after the other.
const (
	maxRecentUploads = 64
	recentFor        = 10 * time.Minute // far below how long any server keeps a file
)

// recentUploads are the files that were uploaded just now. Transfers share them.
type recentUploads struct {
	mu  sync.Mutex
	all map[recentFile]recentUpload
}

// recentFile is a file as it was, and as what it was uploaded.
type recentFile struct {
	kind, path     string
	size, modified int64
}

type recentUpload struct {
	at   time.Time
	info wire.FileInfo
}

func recentFileOf(kind string, f localFile) recentFile {
	return recentFile{kind, sameFile(f.Path), f.Size, f.Modified}
}

// find returns what the server has made of a file.
func (r *recentUploads) find(file recentFile) (info wire.FileInfo, found bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	u, found := r.all[file]
	return u.info, found && time.Since(u.at) < recentFor
}

func (r *recentUploads) add(file recentFile, info wire.FileInfo) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.all == nil || len(r.all) >= maxRecentUploads {
		r.all = map[recentFile]recentUpload{}
	}
	r.all[file] = recentUpload{time.Now(), info}
}
