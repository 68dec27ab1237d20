package core

import (
	"sync"

	"github.com/banter-im/banter/internal/timerr"
)

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
	s.files.set(setting)
	return nil
}

// logWriter writes a client's lines to the log files, which are opened with the first one.
type logWriter struct {
	folder string // "" writes nothing
	files  *LogFiles

	mu     sync.Mutex
	set    *logSet
	failed bool // or closed: nothing is written
}

// Write implements io.Writer. What cannot be written is lost: a log must not disturb.
func (w *logWriter) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.set == nil && !w.failed {
		w.set = w.files.open(w.folder)
		w.failed = w.set == nil
	}
	if !w.failed {
		_, _ = w.files.writer(w.set).Write(line)
	}
	return len(line), nil
}

// close gives up the files.
func (w *logWriter) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failed = true
	if w.set != nil {
		w.files.leave(w.set)
		w.set = nil
	}
}
