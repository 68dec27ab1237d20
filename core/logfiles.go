package core

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"gopkg.in/natefinch/lumberjack.v2"
)

// logFileSetting is how log files are rotated.
type logFileSetting struct {
	megabytes int // of one file
	backups   int // kept beside the newest; 0 keeps all
}

var defaultLogFile = logFileSetting{megabytes: 10, backups: 4}

// LogFiles are the log files of a process: clients that log into one folder share one set
// there, and all are rotated alike. They are safe for concurrent use.
type LogFiles struct {
	mu      sync.Mutex
	setting logFileSetting
	sets    map[string]*logSet // those in use, by their folder
	writers map[logFile]*rotated
}

// logSet is a set of log files that this process alone uses: the newest has the path.
type logSet struct {
	folder, path string
	lock         *os.File
	users        int
	file         *rotated // the one written last, or nil
}

// rotated is a log file with its backups. It has a goroutine that never ends, so there is
// one for each path and setting, instead of a new one for every TIMInit.
type rotated = lumberjack.Logger

type logFile struct {
	path    string
	setting logFileSetting
}

// NewLogFiles returns the files of a process that has none open.
func NewLogFiles() *LogFiles {
	return &LogFiles{setting: defaultLogFile, sets: map[string]*logSet{}, writers: map[logFile]*rotated{}}
}

// set changes how files are rotated, those that are open too.
func (f *LogFiles) set(setting logFileSetting) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.setting = setting
}

// maxLogFiles bounds how many processes can log into one folder at the same time.
const maxLogFiles = 64

// open returns the set of this process in a folder, nil when it cannot have one. Each
// process has a set of its own, so that no other rotates it away: the first that nobody
// uses.
func (f *LogFiles) open(folder string) *logSet {
	f.mu.Lock()
	defer f.mu.Unlock()
	if set := f.sets[folder]; set != nil {
		set.users++
		return set
	}
	for i := 1; i <= maxLogFiles && folder != ""; i++ {
		name := "banter.log"
		if i > 1 {
			name = fmt.Sprintf("banter-%d.log", i)
		}
		if lock, err := openLocked(folder, name+".lock"); err == nil {
			set := &logSet{folder: folder, path: filepath.Join(folder, name), lock: lock, users: 1}
			f.sets[folder] = set
			return set
		}
	}
	return nil
}

// writer returns the file of a set that the next line goes to.
func (f *LogFiles) writer(set *logSet) *rotated {
	f.mu.Lock()
	defer f.mu.Unlock()
	key := logFile{set.path, f.setting}
	w := f.writers[key]
	if w == nil {
		w = &rotated{Filename: set.path, MaxSize: f.setting.megabytes, MaxBackups: f.setting.backups, LocalTime: true}
		f.writers[key] = w
	}
	if set.file != nil && set.file != w {
		set.file.Close()
	}
	set.file = w
	return w
}

// leave gives up a set. The last who does gives the files to whoever logs next.
func (f *LogFiles) leave(set *logSet) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if set.users--; set.users > 0 {
		return
	}
	for file, w := range f.writers {
		if file.path == set.path {
			w.Close()
		}
	}
	set.lock.Close()
	delete(f.sets, set.folder)
}
