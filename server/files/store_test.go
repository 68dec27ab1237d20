package files

import (
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/server/chat"
)

// storeTests are what every Store must do.
var storeTests = []struct {
	name string
	run  func(*testing.T, Store)
}{
	{"an object is there once it is committed", testStoreCommit},
	{"it is read from any offset", testStoreOffsets},
	{"what is removed is gone, also twice", testStoreRemove},
	{"a file's objects go together, and nobody else's", testStoreRemoveFile},
	{"names that are not ours are refused", testStoreNames},
}

func TestTheFolderIsAStore(t *testing.T) {
	for _, tt := range storeTests {
		t.Run(tt.name, func(t *testing.T) {
			store, err := OpenFolder(filepath.Join(t.TempDir(), "a", "files"))
			require.NoError(t, err)
			tt.run(t, store)
		})
	}
}

func put(t *testing.T, store Store, ref chat.FileRef, name, content string) {
	t.Helper()
	object, err := store.Create()
	require.NoError(t, err)
	defer object.Discard()
	_, err = io.WriteString(object, content)
	require.NoError(t, err)
	require.NoError(t, object.Commit(t.Context(), ref, name))
}

func content(t *testing.T, store Store, ref chat.FileRef, name string, offset int64) (string, error) {
	t.Helper()
	object, err := store.Open(t.Context(), ref, name, offset)
	if err != nil {
		return "", err
	}
	defer object.Close()
	text, err := io.ReadAll(object)
	return string(text), err
}

func testStoreCommit(t *testing.T, store Store) {
	ref := chat.FileRef{App: 7, ID: newID()}
	put(t, store, ref, "0-a", "hello")
	text, err := content(t, store, ref, "0-a", 0)
	require.NoError(t, err)
	assert.Equal(t, "hello", text)
	object, err := store.Create()
	require.NoError(t, err)
	_, err = object.Write([]byte("never"))
	require.NoError(t, err)
	object.Discard()
	object.Discard()
	_, err = content(t, store, ref, "0-b", 0)
	assert.Error(t, err)
}

func testStoreOffsets(t *testing.T, store Store) {
	ref := chat.FileRef{App: 7, ID: newID()}
	put(t, store, ref, "0-a", "hello")
	for offset, want := range []string{"hello", "ello", "llo", "lo", "o"} {
		text, err := content(t, store, ref, "0-a", int64(offset))
		require.NoError(t, err)
		assert.Equal(t, want, text)
	}
}

func testStoreRemove(t *testing.T, store Store) {
	ref := chat.FileRef{App: 7, ID: newID()}
	put(t, store, ref, "0-a", "hello")
	put(t, store, ref, "5-b", "world")
	for range 2 {
		require.NoError(t, store.Remove(t.Context(), ref, "0-a"))
		_, err := content(t, store, ref, "0-a", 0)
		assert.Error(t, err)
	}
	text, err := content(t, store, ref, "5-b", 0)
	require.NoError(t, err)
	assert.Equal(t, "world", text)
}

func testStoreRemoveFile(t *testing.T, store Store) {
	ref, same, other := chat.FileRef{App: 7, ID: newID()}, chat.FileRef{App: 7, ID: newID()}, chat.FileRef{App: 70}
	other.ID = ref.ID
	for _, r := range []chat.FileRef{ref, same, other} {
		put(t, store, r, "0-a", "hello")
		put(t, store, r, "5-b", "world")
	}
	for range 2 {
		require.NoError(t, store.RemoveFile(t.Context(), ref))
	}
	for _, name := range []string{"0-a", "5-b"} {
		_, err := content(t, store, ref, name, 0)
		assert.Error(t, err)
		for _, r := range []chat.FileRef{same, other} {
			_, err := content(t, store, r, name, 0)
			assert.NoError(t, err)
		}
	}
}

func testStoreNames(t *testing.T, store Store) {
	good := newID()
	for _, ref := range []chat.FileRef{{App: 7}, {App: 7, ID: "../" + good[3:]}, {App: 7, ID: strings.ToUpper(good[:31]) + "A"}, {App: 7, ID: good + "/"}} {
		_, err := store.Open(t.Context(), ref, "0-a", 0)
		assert.ErrorIs(t, err, errName)
		assert.ErrorIs(t, store.Remove(t.Context(), ref, "0-a"), errName)
		assert.ErrorIs(t, store.RemoveFile(t.Context(), ref), errName)
	}
	for _, name := range []string{"", ".", "..", "a/b", `a\b`, "A", strings.Repeat("a", 65)} {
		object, err := store.Create()
		require.NoError(t, err)
		assert.ErrorIs(t, object.Commit(t.Context(), chat.FileRef{App: 7, ID: good}, name), errName)
		object.Discard()
	}
}

func TestTheFolderIsForItsOwnersEyes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such modes")
	}
	root := filepath.Join(t.TempDir(), "files")
	store, err := OpenFolder(root)
	require.NoError(t, err)
	put(t, store, chat.FileRef{App: 7, ID: newID()}, "0-a", "hello")
	seen := 0
	require.NoError(t, filepath.Walk(root, func(path string, info os.FileInfo, err error) error {
		require.NoError(t, err)
		assert.Zero(t, info.Mode().Perm()&0o077, path)
		seen++
		return nil
	}))
	assert.Greater(t, seen, 4)
}

func TestWhatAKilledProcessLeftIsCleaned(t *testing.T) {
	store, err := OpenFolder(filepath.Join(t.TempDir(), "files"))
	require.NoError(t, err)
	left, err := store.Create()
	require.NoError(t, err)
	name := left.(*folderObject).Name()
	require.NoError(t, store.Clean(time.Now().Add(-time.Minute)))
	assert.FileExists(t, name, "it may still be written")
	require.NoError(t, store.Clean(time.Now().Add(time.Minute)))
	assert.NoFileExists(t, name)
	left.Discard()
}
