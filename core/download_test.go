package core

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// downloadAnswer is the answer to a call that downloads, and what it told before.
type downloadAnswer struct {
	err      error
	text     string
	progress []downloadResult
}

func downloads(t *testing.T, c *Client, param, path string) <-chan downloadAnswer {
	answers := make(chan downloadAnswer, 1)
	var told []downloadResult // by one goroutine, as is the answer
	c.DownloadElem(param, path, func(text string) {
		var result downloadResult
		assert.NoError(t, json.Unmarshal([]byte(text), &result))
		told = append(told, result)
	}, func(err error, text string) { answers <- downloadAnswer{err, text, told} })
	return answers
}

func (s *fileServer) has(id string, data []byte) {
	s.set(func() { s.files[id] = &storedFile{data: data, size: int64(len(data))} })
}

func byID(id string) string {
	return fmt.Sprintf(`{"msg_download_elem_param_type":1,"msg_download_elem_param_id":%q}`, id)
}

// whole checks that a file is there, and nothing beside it.
func whole(t *testing.T, path string, want []byte) {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.True(t, bytes.Equal(want, data))
	beside, err := filepath.Glob(path + ".*")
	require.NoError(t, err)
	assert.Empty(t, beside)
}

func TestAFileIsDownloadedAcrossCuts(t *testing.T) {
	server, files := filesChat(t, "ann")
	c, _ := fileClient(t, server, files, t.TempDir())
	_, data := fileOfSize(t, "x", 3<<20)
	files.has("f1", data)
	path := filepath.Join(t.TempDir(), "\u8868 1.bin")
	files.set(func() { files.cuts = []int64{1 << 20} })
	answer := within(t, downloads(t, c, byID("f1"), path))
	require.NoError(t, answer.err)
	assert.Equal(t, `{"msg_download_elem_result_current_size":3145728,"msg_download_elem_result_total_size":3145728}`, answer.text)
	whole(t, path, data)
	assert.NotEmpty(t, answer.progress)
	for i, p := range answer.progress {
		assert.EqualValues(t, 3<<20, p.Total)
		assert.True(t, i == 0 || p.Current > answer.progress[i-1].Current)
	}
	seen := files.looks()
	assert.Equal(t, "GET f1", seen[0])
	assert.True(t, strings.HasPrefix(seen[1], "GET f1 bytes="), "it goes on where it was cut: %s", seen)

	// Again, over the old file, and by the address that a message has.
	files.has("f2", []byte("short"))
	param := fmt.Sprintf(`{"msg_download_elem_param_url":%q}`, files.URL+"/files/f2?t=an+old+token")
	require.NoError(t, within(t, downloads(t, c, param, path)).err)
	whole(t, path, []byte("short"))
}

// The process ends in the middle of a download, and another one goes on; but not with a part of
// another file, or of another version.
func TestADownloadGoesOnAfterARestart(t *testing.T) {
	server, files := filesChat(t, "ann")
	_, data := fileOfSize(t, "x", 1<<20)
	path := filepath.Join(t.TempDir(), "f")
	files.has("f1", data)
	left := func(origin string, n int) {
		require.NoError(t, os.WriteFile(path+".part", data[:n], 0o600))
		require.NoError(t, os.WriteFile(path+".part.tag", []byte(origin), 0o600))
	}
	for _, tt := range []struct {
		name, origin string
		have         int
		seen         string
	}{
		{"a part of it", "f1\n\n\"f1\"", 1000, "GET f1 bytes=1000-"},
		{"all of it", "f1\n\n\"f1\"", len(data), "GET f1 bytes=1048576-"},
		{"a part of another file", "f2\n\n\"f2\"", 1000, "GET f1"},
		{"a part of nobody knows what", "", 1000, "GET f1"},
		{"a part of another version", "f1\n\n\"f0\"", 1000, "GET f1 bytes=1000-"},
	} {
		c, _ := fileClient(t, server, files, t.TempDir())
		left(tt.origin, tt.have)
		files.looks()
		require.NoError(t, within(t, downloads(t, c, byID("f1"), path)).err, tt.name)
		whole(t, path, data)
		assert.Equal(t, tt.seen, files.looks()[0], tt.name)
		c.Close()
	}
}

func TestDownloadsThatFail(t *testing.T) {
	server, files := filesChat(t, "ann")
	c, _ := fileClient(t, server, files, t.TempDir())
	files.has("f1", []byte("data"))
	folder := t.TempDir()
	file := filepath.Join(folder, "file")
	for _, tt := range []struct {
		name, param, path string
		code              timerr.Code
		desc              string
	}{
		{"without a source", `{}`, file, 6009, "msg_download_elem_param_id"},
		{"with an id that is none", `{"msg_download_elem_param_id":7}`, file, 6017, "msg_download_elem_param_id"},
		{"of a file that is not there", byID("f9"), file, 6009, "not there, or has expired"},
		{"of a way out of the folder", byID("../secret"), file, 6009, "not there, or has expired"},
		{"from no address", `{"msg_download_elem_param_url":"ftp://example.com/x"}`, file, 6010, "msg_download_elem_param_url"},
		{"to a folder", byID("f1"), folder, 6022, "path"},
		{"to a folder that is not there", byID("f1"), filepath.Join(folder, "none", "x"), 6022, "path cannot be written: no such file"},
		{"to a file as a folder", byID("f1"), "/dev/null/x", 6022, "path cannot be written"},
		{"to a device", byID("f1"), "/dev/null", 6022, "path"},
	} {
		answer := within(t, downloads(t, c, tt.param, tt.path))
		assert.Equal(t, tt.code, timerr.CodeOf(answer.err), tt.name)
		assert.Contains(t, timerr.DescOf(answer.err), tt.desc, tt.name)
		left, err := filepath.Glob(file + "*")
		require.NoError(t, err)
		assert.Empty(t, left, tt.name)
	}
}

func TestCallsForOnePathShareADownload(t *testing.T) {
	server, files := filesChat(t, "ann")
	c, _ := fileClient(t, server, files, t.TempDir())
	files.has("f1", []byte("data"))
	path := filepath.Join(t.TempDir(), "f")
	files.mu.Lock() // so that it waits
	one := downloads(t, c, byID("f1"), path)
	two := downloads(t, c, byID("f1"), path)
	other := within(t, downloads(t, c, byID("f2"), path))
	assert.Equal(t, timerr.IoOperationFailed, timerr.CodeOf(other.err))
	require.Eventually(t, func() bool { return files.arrived.Load() == 1 }, waitLong, tick)
	second, _ := fileClient(t, server, files, t.TempDir())
	elsewhere := downloads(t, second, byID("f1"), path)
	assert.Equal(t, timerr.IoOperationFailed, timerr.CodeOf(within(t, elsewhere).err), "another client's")
	files.mu.Unlock()
	require.NoError(t, within(t, one).err)
	require.NoError(t, within(t, two).err)
	whole(t, path, []byte("data"))
	assert.Equal(t, []string{"GET f1"}, files.looks())
}

func TestADownloadEndsWithTheLogin(t *testing.T) {
	server, files := filesChat(t, "ann")
	c, _ := fileClient(t, server, files, t.TempDir())
	files.has("f1", []byte("data"))
	path := filepath.Join(t.TempDir(), "f")
	files.mu.Lock()
	answers := downloads(t, c, byID("f1"), path)
	out := make(chan error, 1)
	c.Logout(func(err error, _ string) { out <- err })
	assert.Equal(t, timerr.SDKNotLoggedIn, timerr.CodeOf(within(t, answers).err))
	require.NoError(t, within(t, out))
	files.mu.Unlock()
	c.Close()
	_, err := os.Stat(path)
	assert.ErrorIs(t, err, os.ErrNotExist)
}

// A message may have the address of a file elsewhere, as one that the game's backend has sent.
func TestAFileOfAnotherServer(t *testing.T) {
	server, files := filesChat(t, "ann")
	c, _ := fileClient(t, server, files, t.TempDir())
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Empty(t, r.Header.Get("Authorization"), "tokens go to our server alone")
		switch r.URL.Path {
		case "/old":
			http.Redirect(w, r, "/new?key=1", http.StatusFound)
		case "/round":
			http.Redirect(w, r, "/round", http.StatusFound)
		default:
			w.(http.Flusher).Flush() // the size is not told
			fmt.Fprint(w, "from elsewhere")
		}
	}))
	defer elsewhere.Close()
	path := filepath.Join(t.TempDir(), "f")
	param := fmt.Sprintf(`{"msg_download_elem_param_id":"md5","msg_download_elem_param_url":%q}`, elsewhere.URL+"/old")
	answer := within(t, downloads(t, c, param, path))
	require.NoError(t, answer.err)
	whole(t, path, []byte("from elsewhere"))
	param = fmt.Sprintf(`{"msg_download_elem_param_url":%q}`, elsewhere.URL+"/round")
	answer = within(t, downloads(t, c, param, path))
	assert.Equal(t, timerr.HTTPReqFailed, timerr.CodeOf(answer.err))

	// Its address stays in the message.
	element := json.RawMessage(fmt.Sprintf(`{"elem_type":4,"file_elem_file_id":"md5","file_elem_url":%q}`, elsewhere.URL+"/old"))
	links := &fileLinks{c.files, "ann"}
	assert.JSONEq(t, string(element), string(links.present([]json.RawMessage{element}, nil)[0]))
	assert.JSONEq(t, string(element), string(private([]json.RawMessage{element})[0]))
}

func TestReceivedElementsHaveAddresses(t *testing.T) {
	server, files := filesChat(t, "ann")
	c, _ := fileClient(t, server, files, t.TempDir())
	element := `{"elem_type":1,"image_elem_orig_id":"f1","image_elem_thumb_id":"f1-t"}`
	merged := `{"elem_type":12,"merge_elem_title":"t","merge_elem_compatible_text":"c","merge_elem_message_array":[{"message_elem_array":[` + element + `]}]}`
	server.set(func() {
		server.keep(wire.Message{ConvType: 1, ConvID: "ann", Sender: "bob", MsgID: "b", Elements: []json.RawMessage{[]byte(element), []byte(merged)}})
	})
	history := make(chan string, 1)
	c.History(1, "bob", `{"msg_getmsglist_param_is_ramble":true}`, func(_ error, text string) { history <- text })
	text := within(t, history)
	assert.Equal(t, 2, strings.Count(text, `"image_elem_thumb_url":"`+files.URL+`/files/f1-t?t=token-1"`), text)
	assert.NotContains(t, text, "large_url", "what is not there has no address")

	var list []message
	require.NoError(t, json.Unmarshal([]byte(text), &list))
	clean := textOf(private(list[0].Elements))
	assert.NotContains(t, clean, "token-1")
	assert.Contains(t, clean, "f1-t")
}

func FuzzElementsWithFiles(f *testing.F) {
	for _, seed := range []string{
		`[{"elem_type":1,"image_elem_orig_id":"a","image_elem_orig_url":"http://x/files/a?t=b"}]`,
		`[{"elem_type":12,"merge_elem_message_array":[{"message_elem_array":[{"elem_type":4,"file_elem_file_path":"/a"}]}]}]`,
		`[{"elem_type":9,"video_elem_image_url":"/files/?t=b","video_elem_video_path":7}]`, `[{"image_elem_orig_id":1e9}]`, `[null,"\"merge_elem_"]`,
		`[{"elem_type":12,"merge_elem_message_array":[null]}]`, `[{"elem_type":12,"merge_elem_message_array":[{"message_elem_array":null}]}]`,
	} {
		f.Add(seed)
	}
	access := newFileAccess()
	f.Fuzz(func(t *testing.T, text string) {
		var elements []json.RawMessage
		if json.Unmarshal([]byte(text), &elements) != nil {
			return
		}
		links := &fileLinks{access, "ann"}
		for _, one := range [][]json.RawMessage{private(elements), links.present(elements, nil)} {
			require.Len(t, one, len(elements))
			for _, element := range one {
				require.True(t, json.Valid(element) || len(element) == 0)
			}
		}
		_, _ = localFiles(elements)
	})
}
