package core

import (
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// leave marks a file as TIMUninit does.
func leave(t *testing.T, file *os.File) {
	t.Helper()
	mark := unix.Flock_t{Type: unix.F_WRLCK, Whence: io.SeekStart, Start: LeavingPlace, Len: 1}
	require.NoError(t, unix.FcntlFlock(file.Fd(), unix.F_OFD_SETLK, &mark))
}

func TestAnInstallThatIsLeftIsWaitedFor(t *testing.T) {
	folder := t.TempDir()
	first := openInstance(folder, 7)
	require.NoError(t, first.err)
	assert.ErrorIs(t, openInstance(folder, 7).err, errInUse, "its owner stays")

	leave(t, first.file)
	opened := make(chan instance, 1)
	start := time.Now()
	go func() { opened <- openInstance(folder, 7) }()
	time.Sleep(10 * leavingStep)
	first.close()
	second := <-opened
	defer second.close()
	if time.Since(start) < leavingPatience { // else this machine was too slow for it
		require.NoError(t, second.err)
		assert.Equal(t, first.id, second.id)
		assert.ErrorIs(t, openInstance(folder, 7).err, errInUse, "the mark ended with who left")
	}
}

func TestAFileThatNobodyHasIsNotLeft(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	assert.False(t, isLeft(path), "none")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	assert.False(t, isLeft(path))
}
