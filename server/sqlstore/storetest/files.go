package storetest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/server/chat"
)

var fileTests = []test{
	{"an upload grows by parts that fit, and becomes a file once", testUploadGrows},
	{"of two who write at once one goes on", testUploadRace},
	{"an upload has so many parts at most", testUploadParts},
	{"what a user has open is bounded", testOpenUploads},
	{"nobody gets past the bound by beginning two at once", testOpenUploadsRace},
	{"an image has its sizes", testImageSizes},
	{"a removed file is gone for all, and its rows go last", testFileRemoved},
	{"uploads and files that are too old are found", testOldFiles},
	{"apps have files of their own", testFilesOfApps},
}

var muchOpen = chat.OpenFiles{Count: 100, Bytes: 1 << 30}

func upload(id string, size int64) chat.File {
	return chat.File{App: app, ID: id, Owner: "ann", Kind: chat.OtherFile, Name: "a 世界.bin", Size: size, Created: start}
}

func fileRef(id string) chat.FileRef { return chat.FileRef{App: app, ID: id} }

func mustCreate(t *testing.T, store chat.Store, f chat.File) {
	t.Helper()
	mustOpen(t, store, login("of "+f.ID))
	require.NoError(t, store.CreateFile(t.Context(), f, muchOpen))
}

func addPart(t *testing.T, store chat.Store, id string, offset, size int64) bool {
	t.Helper()
	part := chat.FilePart{Offset: offset, Size: size, Object: fmt.Sprint("o", offset)}
	added, err := store.AddFilePart(t.Context(), fileRef(id), part, 3)
	require.NoError(t, err)
	return added
}

func finish(t *testing.T, store chat.Store, f chat.File, sizes ...chat.WholeFile) bool {
	t.Helper()
	done, err := store.FinishFile(t.Context(), f, sizes)
	require.NoError(t, err)
	return done
}

func mustFile(t *testing.T, store chat.Store, id string) chat.File {
	t.Helper()
	f, err := store.File(t.Context(), fileRef(id))
	require.NoError(t, err)
	return f
}

func testUploadGrows(t *testing.T, store chat.Store) {
	f := upload("a", 30)
	assert.ErrorIs(t, store.CreateFile(t.Context(), f, muchOpen), chat.ErrNoAccount)
	mustCreate(t, store, f)
	assert.Equal(t, f, mustFile(t, store, "a"))
	assert.False(t, addPart(t, store, "a", 5, 5), "a gap")
	assert.True(t, addPart(t, store, "a", 0, 10))
	assert.False(t, addPart(t, store, "a", 0, 10), "twice")
	assert.False(t, addPart(t, store, "a", 10, 21), "longer than the upload")
	assert.False(t, addPart(t, store, "b", 0, 1), "of no upload")

	f.Finished, f.Type = after(9), "text/plain"
	assert.False(t, finish(t, store, f), "it is not whole")
	assert.True(t, addPart(t, store, "a", 10, 20))
	f.Received = 30
	assert.True(t, finish(t, store, f))
	assert.False(t, finish(t, store, f), "once")
	assert.Equal(t, f, mustFile(t, store, "a"))
	parts, err := store.FileParts(t.Context(), fileRef("a"))
	require.NoError(t, err)
	assert.Equal(t, []chat.FilePart{{Offset: 0, Size: 10, Object: "o0"}, {Offset: 10, Size: 20, Object: "o10"}}, parts)
}

func testUploadRace(t *testing.T, store chat.Store) {
	mustCreate(t, store, upload("a", 10))
	var won atomic.Int32
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			part := chat.FilePart{Size: 5, Object: fmt.Sprint(i)}
			added, err := store.AddFilePart(t.Context(), fileRef("a"), part, 3)
			assert.NoError(t, err)
			if added {
				won.Add(1)
			}
		})
	}
	all.Wait()
	assert.EqualValues(t, 1, won.Load())
	assert.EqualValues(t, 5, mustFile(t, store, "a").Received)
}

func testUploadParts(t *testing.T, store chat.Store) {
	mustCreate(t, store, upload("a", 10))
	for i := range int64(3) {
		require.True(t, addPart(t, store, "a", i, 1))
	}
	assert.False(t, addPart(t, store, "a", 3, 1))
}

func testOpenUploads(t *testing.T, store chat.Store) {
	mustCreate(t, store, upload("a", 10))
	var open *chat.TooManyFilesError
	err := store.CreateFile(t.Context(), upload("b", 11), chat.OpenFiles{Count: 2, Bytes: 20})
	require.ErrorAs(t, err, &open)
	assert.Equal(t, chat.OpenFiles{Count: 1, Bytes: 10}, open.Open)
	require.NoError(t, store.CreateFile(t.Context(), upload("b", 10), chat.OpenFiles{Count: 2, Bytes: 20}))
	err = store.CreateFile(t.Context(), upload("c", 1), chat.OpenFiles{Count: 2, Bytes: 100})
	require.ErrorAs(t, err, &open)
	assert.Equal(t, chat.OpenFiles{Count: 2, Bytes: 20}, open.Open)

	require.True(t, addPart(t, store, "a", 0, 10))
	f := upload("a", 10)
	f.Finished = after(1)
	require.True(t, finish(t, store, f))
	assert.NoError(t, store.CreateFile(t.Context(), upload("c", 1), chat.OpenFiles{Count: 2, Bytes: 100}), "a whole one is not open")
	removed, err := store.RemoveFile(t.Context(), fileRef("b"), true)
	require.NoError(t, err)
	require.True(t, removed)
	assert.NoError(t, store.CreateFile(t.Context(), upload("d", 1), chat.OpenFiles{Count: 2, Bytes: 100}), "nor a removed one")
}

func testOpenUploadsRace(t *testing.T, store chat.Store) {
	mustOpen(t, store, login("a"))
	var made atomic.Int32
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			if store.CreateFile(t.Context(), upload(fmt.Sprint("f", i), 1), chat.OpenFiles{Count: 2, Bytes: 100}) == nil {
				made.Add(1)
			}
		})
	}
	all.Wait()
	assert.EqualValues(t, 2, made.Load())
}

func testImageSizes(t *testing.T, store chat.Store) {
	mustCreate(t, store, upload("a", 1))
	require.True(t, addPart(t, store, "a", 0, 1))
	f := upload("a", 1)
	f.Finished, f.Type, f.Width, f.Height, f.Variant = after(1), "image/png", 400, 300, chat.OriginalSize
	thumb := chat.WholeFile{Part: chat.FilePart{Size: 7, Object: "t"}, File: chat.File{App: app, ID: "t", Owner: "ann", Kind: chat.ImageFile,
		Size: 7, Received: 7, Created: after(1), Finished: after(1), Type: "image/jpeg", Width: 264, Height: 198, Parent: "a", Variant: chat.ThumbSize}}
	require.True(t, finish(t, store, f, thumb))
	sizes, err := store.FileSizes(t.Context(), fileRef("a"))
	require.NoError(t, err)
	assert.Equal(t, []chat.File{thumb.File}, sizes)
	assert.Equal(t, thumb.File, mustFile(t, store, "t"), "it is a file of its own")
	parts, err := store.FileParts(t.Context(), fileRef("t"))
	require.NoError(t, err)
	assert.Equal(t, []chat.FilePart{thumb.Part}, parts)
	assert.Equal(t, []int{400, 300}, []int{mustFile(t, store, "a").Width, mustFile(t, store, "a").Height})
}

func testFileRemoved(t *testing.T, store chat.Store) {
	mustCreate(t, store, upload("a", 10))
	require.True(t, addPart(t, store, "a", 0, 10))
	f := upload("a", 10)
	f.Finished = after(1)
	require.True(t, finish(t, store, f))
	remove := func(onlyOpen bool) bool {
		removed, err := store.RemoveFile(t.Context(), fileRef("a"), onlyOpen)
		require.NoError(t, err)
		return removed
	}
	assert.False(t, remove(true), "it is whole")
	require.NoError(t, store.ForgetFile(t.Context(), fileRef("a")))
	mustFile(t, store, "a") // only a removed one is forgotten
	assert.True(t, remove(false))
	assert.False(t, remove(false))
	_, err := store.File(t.Context(), fileRef("a"))
	assert.ErrorIs(t, err, chat.ErrNoFile)
	removed, err := store.RemovedFiles(t.Context(), 10)
	require.NoError(t, err)
	assert.Equal(t, []chat.FileRef{fileRef("a")}, removed)

	require.NoError(t, store.ForgetFile(t.Context(), fileRef("a")))
	removed, err = store.RemovedFiles(t.Context(), 10)
	require.NoError(t, err)
	assert.Empty(t, removed)
	parts, err := store.FileParts(t.Context(), fileRef("a"))
	require.NoError(t, err)
	assert.Empty(t, parts)
}

func testOldFiles(t *testing.T, store chat.Store) {
	for i, id := range []string{"a", "b", "c", "d"} {
		f := upload(id, 1)
		f.Created = after(i)
		mustCreate(t, store, f)
		if id > "b" {
			require.True(t, addPart(t, store, id, 0, 1))
			f.Finished = after(10 * i)
			require.True(t, finish(t, store, f))
		}
	}
	stale := func(before time.Time, limit int) []chat.FileRef {
		refs, err := store.StaleUploads(t.Context(), before, limit)
		require.NoError(t, err)
		return refs
	}
	assert.Empty(t, stale(after(0), 10))
	assert.Equal(t, []chat.FileRef{fileRef("a")}, stale(after(1), 10))
	assert.Equal(t, []chat.FileRef{fileRef("a")}, stale(after(9), 1))
	assert.Equal(t, []chat.FileRef{fileRef("a"), fileRef("b")}, stale(after(9), 10), "not those that are whole")
	old, err := store.OldFiles(t.Context(), app, after(30), 10)
	require.NoError(t, err)
	assert.Equal(t, []chat.FileRef{fileRef("c")}, old)
	old, err = store.OldFiles(t.Context(), app+1, after(99), 10)
	require.NoError(t, err)
	assert.Empty(t, old)
}

func testFilesOfApps(t *testing.T, store chat.Store) {
	mustCreate(t, store, upload("a", 1))
	_, err := store.File(t.Context(), chat.FileRef{App: app + 1, ID: "a"})
	assert.ErrorIs(t, err, chat.ErrNoFile)
	added, err := store.AddFilePart(t.Context(), chat.FileRef{App: app + 1, ID: "a"}, chat.FilePart{Size: 1}, 3)
	require.NoError(t, err)
	assert.False(t, added)
}
