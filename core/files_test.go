package core

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestInstanceIsOneOfTheInstall(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "not", "yet", "there", "配置")
	first := openInstance(folder, 7)
	require.NoError(t, first.err)
	assert.Regexp(t, "^[0-9a-f]{32}$", first.id)

	second := openInstance(folder, 7) // of another client, here or in another process
	assert.ErrorIs(t, second.err, errInUse)
	assert.NotEqual(t, first.id, second.id)
	other := openInstance(folder, 8)
	assert.NoError(t, other.err, "another app has a file of its own")
	other.close()

	first.close()
	again := openInstance(folder, 7)
	defer again.close()
	assert.NoError(t, again.err)
	assert.Equal(t, first.id, again.id)
}

func TestInstanceWithoutAFile(t *testing.T) {
	i := openInstance("", 7)
	assert.Error(t, i.err)
	assert.Len(t, i.id, 32)
	i.close()

	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	i = openInstance(filepath.Join(file, "below"), 7)
	assert.Error(t, i.err)
	assert.Len(t, i.id, 32)

	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "banter-instance-7"), []byte("cut sh"), 0o600))
	i = openInstance(folder, 7)
	defer i.close()
	assert.NoError(t, i.err, "a file that was cut short is written anew")
	assert.Regexp(t, "^[0-9a-f]{32}$", i.id)
}

func TestLogLevels(t *testing.T) {
	for level := logTest; level <= logAssert; level++ {
		assert.Equal(t, level, gameLevel(slogLevel(level)))
	}
	assert.Equal(t, slog.LevelWarn, slogLevel(logWarn))

	settings, game := NewSettings(NewLogFiles()), &fakeGame{}
	l := newLogs("", settings, game)
	log := slog.New(l.handler).With("part", "x")
	set := func(text string) {
		_, err := settings.SetConfig(text)
		require.NoError(t, err)
	}
	log.Debug("quiet")
	log.Info("loud")
	set(`{"set_config_callback_log_level":0}`)
	log.Error("off")
	set(`{"set_config_callback_log_level":3}`)
	log.Debug("now")
	l.close()
	log.Error("closed")
	require.Len(t, game.lines, 2)
	assert.Contains(t, game.lines[0], "msg=loud part=x")
	assert.Contains(t, game.lines[1], "msg=now")
}

func TestLogFileIsMadeWithItsFirstLine(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "日志")
	settings := NewSettings(NewLogFiles())
	l := newLogs(folder, settings, &fakeGame{})
	log := slog.New(l.handler)
	log.Debug("too quiet")
	assert.NoDirExists(t, folder)
	log.Info("first")

	other := newLogs(folder, NewSettings(NewLogFiles()), &fakeGame{}) // as another process
	slog.New(other.handler).Info("second")
	other.close()
	l.close()
	again := newLogs(folder, settings, &fakeGame{})
	slog.New(again.handler).Info("third")
	again.close()

	read := func(name string) string {
		data, err := os.ReadFile(filepath.Join(folder, name))
		require.NoError(t, err)
		return string(data)
	}
	assert.Regexp(t, "(?s)msg=first.*msg=third", read("banter.log"))
	assert.Contains(t, read("banter-2.log"), "msg=second")
	log.Info("closed")
	assert.NotContains(t, read("banter.log"), "msg=closed")
}

func TestLogFilesAreRotated(t *testing.T) {
	folder := t.TempDir()
	settings := NewSettings(NewLogFiles())
	setting := func(size string) {
		_, err := settings.Experimental(`{"request_internal_operation":"internal_operation_set_log_setting",
			"request_set_log_setting_param":{"log_setting_max_file_size":` + size + `}}`)
		require.NoError(t, err)
	}
	l := newLogs(folder, settings, &fakeGame{})
	log := slog.New(l.handler)
	log.Info("before")
	setting("1048576")
	for range 3 {
		log.Info(strings.Repeat("x", 700_000))
	}
	l.close()
	files, err := filepath.Glob(filepath.Join(folder, "banter*.log"))
	require.NoError(t, err)
	assert.Len(t, files, 3)
}

// Every TIMInit and TIMUninit leaves as many goroutines and files as it found.
func TestRoundsLeaveNothingBehind(t *testing.T) {
	folder, settings, game := t.TempDir(), NewSettings(NewLogFiles()), &fakeGame{}
	round := func() {
		text := fmt.Sprintf(`{"sdk_config_config_file_path":%q,"sdk_config_server_url":"ws://127.0.0.1:1"}`, folder)
		c, err := New(Options{AppID: 1, ConfigJSON: text, Settings: settings}, game)
		require.NoError(t, err)
		var answered sync.WaitGroup
		answered.Add(1)
		c.Login("ann", "a1", func(error, string) { answered.Done() })
		c.Close()
		answered.Wait()
	}
	round()
	goroutines, files := runtime.NumGoroutine(), openFiles(t)
	for range 100 {
		round()
	}
	more := func() bool { return runtime.NumGoroutine() > goroutines+1 || openFiles(t) > files+1 }
	for end := time.Now().Add(20 * time.Second); more() && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond) // a dial that was given up is still on its way out
	}
	assert.LessOrEqual(t, runtime.NumGoroutine(), goroutines+1)
	assert.LessOrEqual(t, openFiles(t), files+1)
	assert.FileExists(t, filepath.Join(folder, "log", "banter.log"))
}

func openFiles(t *testing.T) int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("this system does not list open files")
	}
	return len(entries)
}

// Clients of one process that log into one folder share its files; the last to go gives
// them back.
func TestClientsOfAProcessShareTheirLogFiles(t *testing.T) {
	folder, files := t.TempDir(), NewLogFiles()
	ann := newLogs(folder, NewSettings(files), &fakeGame{})
	bob := newLogs(folder, NewSettings(files), &fakeGame{})
	namedLogger(ann.handler, "").Info("one")
	namedLogger(bob.handler, "77").Info("two")
	ann.close()
	namedLogger(bob.handler, "77").Info("three")
	found, err := filepath.Glob(filepath.Join(folder, "*.log"))
	require.NoError(t, err)
	assert.Equal(t, []string{filepath.Join(folder, "banter.log")}, found)
	text, err := os.ReadFile(found[0])
	require.NoError(t, err)
	assert.Regexp(t, "(?s)msg=one\n.*msg=two client=77.*msg=three client=77", string(text))

	other := NewLogFiles().open(folder) // as another process
	require.NotNil(t, other)
	assert.Equal(t, filepath.Join(folder, "banter-2.log"), other.path)
	bob.close()
	again := NewLogFiles().open(folder)
	require.NotNil(t, again)
	assert.Equal(t, filepath.Join(folder, "banter.log"), again.path)
}
