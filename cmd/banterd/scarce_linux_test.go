package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// A server that may open no more files goes on with who is there, and takes others in when there is room.
func TestAServerThatMayOpenNoMoreFiles(t *testing.T) {
	p := startProcess(t, testFolder(t))
	ann, _ := p.online("ann", "linux", "1")
	bob, _ := p.online("bob", "linux", "2")
	var open int
	p.await("counted", func() bool {
		files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.Process.Pid))
		open = len(files)
		return err == nil
	})
	few := unix.Rlimit{Cur: uint64(open + 20), Max: uint64(open + 20)}
	require.NoError(t, unix.Prlimit(p.Process.Pid, unix.RLIMIT_NOFILE, &few, nil))

	ctx, end := context.WithCancel(t.Context())
	defer end()
	a := &attackers{server: p.devServer, from: "127.0.3.1"}
	a.start(ctx, 200, a.silent)
	p.await("without files", func() bool {
		files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.Process.Pid))
		return err == nil && len(files) >= open+20
	})
	for n := range 20 {
		id := fmt.Sprint("message ", n)
		ann.say("bob", id, "hello")
		bob.hears(id)
	}
	end()
	a.running.Wait()
	p.await("open again", func() bool { return p.status("/readyz") == http.StatusOK })
	carol, _ := p.online("carol", "linux", "3")
	carol.say("bob", "at last", "hello")
	bob.hears("at last")
	assert.NotContains(t, p.log.String(), "panic")
}

// An upload for which the disk has no room is told so, and goes on when there is. Nobody else notices.
func TestAnUploadToAFullDisk(t *testing.T) {
	disk := smallDisk(t, 8<<20)
	p := startNodeOf(t, "", "1m", fmt.Sprintf("[files]\nfolder = %q", disk), "")
	ann, session := p.online("ann", "linux", "1")
	bob, _ := p.online("bob", "linux", "2")
	u := p.uploader(session)
	content := noise(12 << 20)
	path := u.begin(len(content), "video", "v.mp4")
	before := p.resident()
	for n := range 5 {
		have := u.kept(path)
		response, text, err := u.try(http.MethodPatch, path, bytes.NewReader(content[have:]), patchHeaders(have)...)
		if err == nil { // else it was cut in the middle of what it sent
			assert.Equal(t, http.StatusServiceUnavailable, response.StatusCode, string(text))
			var why wire.FileError
			require.NoError(t, json.Unmarshal(text, &why))
			assert.Equal(t, timerr.SvrAccountInternalError, why.Code)
		}
		ann.say("bob", fmt.Sprint("try ", n), "hello")
		bob.hears(fmt.Sprint("try ", n))
	}
	t.Logf("%d of %d MB are kept, memory from %d to %d MB", u.kept(path)>>20, len(content)>>20, before>>20, p.resident()>>20)
	assert.Less(t, (p.resident()-before)>>20, int64(64), "MB of memory")
	assert.Contains(t, p.log.String(), "no space left on device")
	assert.Less(t, u.kept(path), len(content))

	out, err := exec.Command("mount", "-o", "remount,size=64M", disk).CombinedOutput()
	require.NoError(t, err, "%s", out)
	info := u.rest(path, content)
	assert.True(t, bytes.Equal(content, u.open(info.ID)))
	files, err := filepath.Glob(filepath.Join(disk, "*"))
	require.NoError(t, err)
	assert.NotEmpty(t, files, "it is on that disk")
}

// smallDisk is a folder that has room for so many bytes.
func smallDisk(t *testing.T, size int) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("a disk of its own needs root")
	}
	folder := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", fmt.Sprint("mode=700,size=", size), "banter-test", folder).CombinedOutput(); err != nil {
		t.Skipf("this machine mounts nothing: %v %s", err, out)
	}
	t.Cleanup(func() { assert.NoError(t, unix.Unmount(folder, unix.MNT_DETACH)) })
	return folder
}
