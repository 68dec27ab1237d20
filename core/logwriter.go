package core

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"gopkg.in/natefinch/lumberjack.v2"

	"github.com/banter-im/banter/internal/timerr"
)

// logFileSetting is how log files are rotated.
type logFileSetting struct {
	megabytes int // of one file
	backups   int // kept beside the newest; 0 keeps all
}

var defaultLogFile = logFileSetting{megabytes: 10, backups: 4}

const (
	minLogFile = 150 << 10
	megabyte   = 1 << 20
)

// setLogFile is internal_operation_set_log_setting. Files are measured in whole megabytes.
func (s *Settings) setLogFile(param *logSettingParam) error {
	if param == nil {
		return timerr.Newf(timerr.InvalidParameters, "request_set_log_setting_param is missing")
	}
	setting := defaultLogFile
	if param.DisableAutoClean {
		setting.backups = 0
	}
	if size := param.MaxFileSize; size != nil {
		if *size < minLogFile || *size > 1<<40 {
			return timerr.Newf(timerr.InvalidParameters, "log_setting_max_file_size must be at least %d", minLogFile)
		}
		setting.megabytes = max(1, int(*size/megabyte))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.logFile = setting
	return nil
}

// rotated is a log file with its backups.
type rotated = lumberjack.Logger

// writer returns the log file of that path. A rotated file has a goroutine that never
// ends, so the settings, which outlive TIMUninit, keep one for each path and setting
// instead of a new one for every TIMInit.
func (s *Settings) writer(path string) *rotated {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := fmt.Sprintf("%d %d %s", s.logFile.megabytes, s.logFile.backups, path)
	w, ok := s.writers[key]
	if !ok {
		w = &rotated{Filename: path, MaxSize: s.logFile.megabytes, MaxBackups: s.logFile.backups, LocalTime: true}
		s.writers[key] = w
	}
	return w
}

// maxLogFiles bounds how many clients can log into one folder at the same time.
const maxLogFiles = 64

// logWriter writes a client's log file, which it makes with the first line. Each client
// has a set of files of its own, so that no other process rotates them away: the first
// set that nobody uses.
type logWriter struct {
	folder   string // "" writes nothing
	settings *Settings

	mu     sync.Mutex
	path   string
	lock   *os.File
	failed bool // or closed: nothing is written
	file   *rotated
}

// Write implements io.Writer. What cannot be written is lost: a log must not disturb.
func (w *logWriter) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.lock == nil && !w.failed {
		w.failed = !w.open()
	}
	if w.failed {
		return len(line), nil
	}
	if file := w.settings.writer(w.path); file != w.file {
		if w.file != nil {
			w.file.Close()
		}
		w.file = file
	}
	_, _ = w.file.Write(line)
	return len(line), nil
}

func (w *logWriter) open() bool {
	for i := 1; i <= maxLogFiles && w.folder != ""; i++ {
		name := "banter.log"
		if i > 1 {
			name = fmt.Sprintf("banter-%d.log", i)
		}
		lock, err := openLocked(w.folder, name+".lock")
		if err == nil {
			w.lock, w.path = lock, filepath.Join(w.folder, name)
			return true
		}
	}
	return false
}

// close gives the files back to whoever logs next.
func (w *logWriter) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failed = true
	if w.file != nil {
		w.file.Close()
		w.file = nil
	}
	if w.lock != nil {
		w.lock.Close()
		w.lock = nil
	}
}
