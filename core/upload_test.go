package core

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// fileOfSize makes a file, and returns its path and what is in it.
func fileOfSize(t *testing.T, name string, size int) (path string, data []byte) {
	t.Helper()
	path, data = filepath.Join(t.TempDir(), name), bytes.Repeat([]byte("banter "), size/7+1)[:size]
	require.NoError(t, os.WriteFile(path, data, 0o600))
	return path, data
}

// sent is an answer to a call that sends a message.
type sent struct {
	err     error
	message message
	fields  fields // of the first element
}

// sends sends a message, and returns what waits for its answer.
func sends(t *testing.T, c *Client, id, message string) <-chan sent {
	answers := make(chan sent, 1)
	c.SendMessage(1, "bob", message, id, func(err error, text string) {
		s := sent{err: err}
		if text != "" && json.Unmarshal([]byte(text), &s.message) == nil && len(s.message.Elements) > 0 {
			_ = json.Unmarshal(s.message.Elements[0], &s.fields)
		}
		answers <- s
	})
	return answers
}

func withElement(keys string, values ...any) string {
	return `{"message_elem_array":[{` + fmt.Sprintf(keys, values...) + `}]}`
}

func TestAFileIsUploadedAndSent(t *testing.T) {
	server, files := filesChat(t, "ann")
	c, game := fileClient(t, server, files, t.TempDir())
	path, data := fileOfSize(t, "\u8868.txt", 9<<20)
	answer := within(t, sends(t, c, "ann-1-7", withElement(`"elem_type":4,"file_elem_file_path":%q`, path)))
	require.NoError(t, answer.err)
	assert.Equal(t, 2, answer.message.Status)
	assert.Equal(t, path, answer.fields.text("file_elem_file_path"))
	assert.Equal(t, "f1", answer.fields.text("file_elem_file_id"))
	assert.Equal(t, "\u8868.txt", answer.fields.text("file_elem_file_name"))
	assert.Equal(t, fmt.Sprint(9<<20), string(answer.fields["file_elem_file_size"]))
	assert.Equal(t, files.URL+"/files/f1?t=token-1", answer.fields.text("file_elem_url"))
	assert.True(t, bytes.Equal(data, files.files["f1"].data))
	assert.Equal(t, "file", files.files["f1"].kind)
	assert.Equal(t, "\u8868.txt", files.files["f1"].name)
	assert.Equal(t, []string{"POST", "HEAD f1", "PATCH f1 0", "PATCH f1 4194304", "PATCH f1 8388608"}, files.looks())

	var onWire string
	server.set(func() { onWire = string(server.messages["bob"][0].Elements[0]) })
	assert.NotContains(t, onWire, path, "paths stay at home")
	assert.NotContains(t, onWire, "token", "and so do tokens")
	assert.Contains(t, onWire, `"file_elem_file_id":"f1"`)

	progress := 0
	last := ""
	for _, heard := range game.since() {
		if strings.HasPrefix(heard, "uploaded 0: ") {
			progress++
			last = heard
		}
	}
	assert.Equal(t, "uploaded 0: 9437184 of 9437184", last)
	assert.Positive(t, progress)
}

func TestWhatTheServerMakesOfAnImageIsSentWithIt(t *testing.T) {
	server, files := filesChat(t, "ann")
	c, _ := fileClient(t, server, files, t.TempDir())
	path := filepath.Join(t.TempDir(), "a.png")
	require.NoError(t, os.WriteFile(path, []byte("\x89PNG\x0d\x0a\x1a\x0a"), 0o600))
	answer := within(t, sends(t, c, "ann-1-7", withElement(`"elem_type":1,"image_elem_orig_path":%q,"image_elem_level":1`, path)))
	require.NoError(t, answer.err)
	want := map[string]string{
		"image_elem_orig_id": `"f1"`, "image_elem_orig_pic_width": "1000", "image_elem_orig_pic_height": "2000", "image_elem_orig_pic_size": "8",
		"image_elem_large_id": `"f1-l"`, "image_elem_large_pic_width": "360", "image_elem_large_pic_height": "720", "image_elem_large_pic_size": "20",
		"image_elem_thumb_id": `"f1-t"`, "image_elem_thumb_pic_width": "99", "image_elem_thumb_pic_height": "198", "image_elem_thumb_pic_size": "10",
		"image_elem_format": "3", "image_elem_level": "1", "image_elem_orig_path": fmt.Sprintf("%q", path),
		"image_elem_orig_url":  fmt.Sprintf("%q", files.URL+"/files/f1?t=token-1"),
		"image_elem_large_url": fmt.Sprintf("%q", files.URL+"/files/f1-l?t=token-1"),
		"image_elem_thumb_url": fmt.Sprintf("%q", files.URL+"/files/f1-t?t=token-1"),
	}
	for key, value := range want {
		assert.Equal(t, value, string(answer.fields[key]), key)
	}

	// What came back is sent on without an upload.
	require.NoError(t, os.Remove(path))
	files.looks()
	forwarded, err := json.Marshal(map[string]any{"message_elem_array": answer.message.Elements, "message_is_forward_message": true})
	require.NoError(t, err)
	again := within(t, sends(t, c, "ann-1-8", string(forwarded)))
	require.NoError(t, again.err)
	assert.Equal(t, "f1-t", again.fields.text("image_elem_thumb_id"))
	assert.Empty(t, files.looks())
	server.set(func() {
		for _, m := range server.messages["bob"] {
			assert.NotContains(t, string(m.Elements[0]), "token")
			assert.NotContains(t, string(m.Elements[0]), "_path")
		}
	})
}

func TestAVideoHasTwoFiles(t *testing.T) {
	server, files := filesChat(t, "ann")
	c, game := fileClient(t, server, files, t.TempDir())
	video, _ := fileOfSize(t, "v.mp4", 300)
	snapshot, _ := fileOfSize(t, "s.jpg", 100)
	answer := within(t, sends(t, c, "ann-1-7", withElement(
		`"elem_type":9,"video_elem_video_path":%q,"video_elem_image_path":%q,"video_elem_image_width":5,"video_elem_video_duration":3`, video, snapshot)))
	require.NoError(t, answer.err)
	for key, value := range map[string]string{
		"video_elem_video_id": `"f1"`, "video_elem_image_id": `"f2"`, "video_elem_video_size": "300", "video_elem_image_size": "100",
		"video_elem_video_type": `"mp4"`, "video_elem_image_type": `"jpg"`, "video_elem_image_width": "5", "video_elem_image_height": "2000",
	} {
		assert.Equal(t, value, string(answer.fields[key]), key)
	}
	assert.Equal(t, "video", files.files["f1"].kind)
	assert.Equal(t, "snapshot", files.files["f2"].kind)
	heard := strings.Join(game.since(), "; ")
	assert.Contains(t, heard, "uploaded 0: 300 of 400")
	assert.Contains(t, heard, "uploaded 0: 400 of 400")
}

func TestFilesThatAreRefusedHere(t *testing.T) {
	server, files := filesChat(t, "ann")
	c, game := fileClient(t, server, files, t.TempDir())
	empty, _ := fileOfSize(t, "empty", 0)
	large := filepath.Join(t.TempDir(), "large")
	require.NoError(t, os.WriteFile(large, nil, 0o600))
	require.NoError(t, os.Truncate(large, 28<<20+1))
	folder := t.TempDir()
	game.since()
	game.chats = true
	for _, tt := range []struct {
		name, message string
		code          timerr.Code
		desc          string
	}{
		{"that are not there", withElement(`"elem_type":2,"sound_elem_file_path":%q`, folder+"/none"), 7004, "message_elem_array[0].sound_elem_file_path"},
		{"that are empty", withElement(`"elem_type":9,"video_elem_video_path":%q`, empty), 7006, "message_elem_array[0].video_elem_video_path"},
		{"that are too large", withElement(`"elem_type":1,"image_elem_orig_path":%q`, large), 7005, "image_elem_orig_path: the file has 29360129 bytes, at most 29360128"},
		{"that are folders", withElement(`"elem_type":4,"file_elem_file_path":%q`, folder), 7007, "file_elem_file_path"},
		{"that were not named", withElement(`"elem_type":4,"file_elem_file_name":"a"`), 6017, "message_elem_array[0].file_elem_file_path is missing"},
	} {
		answer := within(t, sends(t, c, "ann-1-7", tt.message))
		assert.Equal(t, tt.code, timerr.CodeOf(answer.err), tt.name)
		assert.Contains(t, timerr.DescOf(answer.err), tt.desc, tt.name)
		assert.Equal(t, 3, answer.message.Status, tt.name)
	}
	assert.Empty(t, files.looks())
	for _, heard := range game.since() {
		assert.NotContains(t, heard, "add", "nothing is kept")
	}
}

func TestAnUploadGoesOnAfterCuts(t *testing.T) {
	server, files := filesChat(t, "ann")
	c, game := fileClient(t, server, files, t.TempDir())
	path, data := fileOfSize(t, "a", 6<<20)
	files.set(func() { files.cuts = []int64{1 << 20, 0, 2 << 20} })
	answer := within(t, sends(t, c, "ann-1-7", withElement(`"elem_type":4,"file_elem_file_path":%q`, path)))
	require.NoError(t, answer.err)
	assert.True(t, bytes.Equal(data, files.files["f1"].data))
	seen := files.looks()
	assert.Contains(t, seen, "PATCH f1 1048576")
	assert.Contains(t, seen, "PATCH f1 3145728")
	assert.NotContains(t, seen[1:], "POST")
	highest := 0
	for _, heard := range game.since() {
		var current, total int
		if n, _ := fmt.Sscanf(heard, "uploaded 0: %d of %d", &current, &total); n == 2 {
			assert.Greater(t, current, highest, "it goes forwards")
			highest = current
		}
	}
	assert.Equal(t, 6<<20, highest)
}

// The token may end, or be refused, at any time; an upload may be forgotten.
func TestAnUploadGetsAFreshToken(t *testing.T) {
	server, files := filesChat(t, "ann")
	c, _ := fileClient(t, server, files, t.TempDir())
	path, _ := fileOfSize(t, "a", 5<<20)
	files.set(func() {
		once := true
		files.full = func() {
			files.set(func() {
				if once {
					files.token, files.cuts, once = "token-2", []int64{1000}, false
				}
			})
		}
	})
	answer := within(t, sends(t, c, "ann-1-7", withElement(`"elem_type":4,"file_elem_file_path":%q`, path)))
	require.NoError(t, answer.err)
	assert.Equal(t, files.URL+"/files/f1?t=token-2", answer.fields.text("file_elem_url"))
	files.set(func() {
		assert.Equal(t, 1, files.renewed)
		files.token = "no client has it"
	})
	server.set(func() {
		next := server.fakeServer.answer
		server.fakeServer.answer = func(l *fakeLink, r wire.Request) {
			if r.Cmd == wire.CmdFiles {
				files.set(func() { files.renewed++ })
				l.answer(r, wire.FileAccess{Token: fmt.Sprint("bad-", files.renewed), ExpiresAt: 1 << 40})
				return
			}
			next(l, r)
		}
	})
	path, _ = fileOfSize(t, "b", 100)
	answer = within(t, sends(t, c, "ann-1-8", withElement(`"elem_type":4,"file_elem_file_path":%q`, path)))
	assert.Equal(t, timerr.FileTransAuthFailed, timerr.CodeOf(answer.err))
}

func TestTheServersRefusalOfAFileIsTheAnswer(t *testing.T) {
	server, files := filesChat(t, "ann")
	c, _ := fileClient(t, server, files, t.TempDir())
	path, _ := fileOfSize(t, "a", 100)
	files.set(func() { files.refuse, files.body = 413, `{"code":114002,"desc":"a file may have 50 bytes"}` })
	answer := within(t, sends(t, c, "ann-1-7", withElement(`"elem_type":4,"file_elem_file_path":%q`, path)))
	assert.Equal(t, timerr.Code(114002), timerr.CodeOf(answer.err))
	assert.Equal(t, "message_elem_array[0].file_elem_file_path: a file may have 50 bytes", timerr.DescOf(answer.err))
	assert.Equal(t, 3, answer.message.Status)
	assert.Equal(t, path, answer.fields.text("file_elem_file_path"), "the game can send it again")
	files.set(func() { files.refuse, files.body = 404, "<html>not here</html>" })
	answer = within(t, sends(t, c, "ann-1-8", withElement(`"elem_type":4,"file_elem_file_path":%q`, path)))
	assert.Equal(t, timerr.FileTransUploadFailed, timerr.CodeOf(answer.err))
	assert.Contains(t, timerr.DescOf(answer.err), "404")
}

func TestAMessageWhoseFileIsUploadedHoldsUpNoOther(t *testing.T) {
	server, files := filesChat(t, "ann")
	c, _ := fileClient(t, server, files, t.TempDir())
	path, _ := fileOfSize(t, "a", 100)
	reached, goOn := make(chan struct{}, 1), make(chan struct{})
	files.set(func() {
		files.full = func() {
			reached <- struct{}{}
			<-goOn
		}
	})
	slow := sends(t, c, "ann-1-7", withElement(`"elem_type":4,"file_elem_file_path":%q`, path))
	within(t, reached)
	text := within(t, sends(t, c, "ann-1-8", withElement(`"elem_type":0,"text_elem_content":"quick"`)))
	require.NoError(t, text.err)
	repeated := within(t, sends(t, c, "ann-1-7", withElement(`"elem_type":0,"text_elem_content":"again"`)))
	assert.Equal(t, timerr.InvalidParameters, timerr.CodeOf(repeated.err), "it is on its way")
	close(goOn)
	require.NoError(t, within(t, slow).err)
}

func TestAnUploadIsTakenBack(t *testing.T) {
	server, files := filesChat(t, "ann")
	c, _ := fileClient(t, server, files, t.TempDir())
	path, _ := fileOfSize(t, "a", 100)
	reached, goOn := make(chan struct{}, 1), make(chan struct{})
	files.set(func() {
		files.full = func() {
			reached <- struct{}{}
			<-goOn
		}
	})
	message := sends(t, c, "ann-1-7", withElement(`"elem_type":4,"file_elem_file_path":%q`, path))
	within(t, reached)
	cancelled := make(chan error, 2)
	c.CancelSend(1, "bob", "ann-1-7", func(err error, _ string) { cancelled <- err })
	answer := within(t, message)
	assert.Equal(t, timerr.SDKSendMessageFailedWithCancel, timerr.CodeOf(answer.err))
	assert.Equal(t, 7, answer.message.Status)
	require.NoError(t, within(t, cancelled))
	close(goOn)
	assert.Eventually(t, func() bool {
		there := true
		files.set(func() { there = files.files["f1"] != nil })
		return !there
	}, waitLong, tick, "the server forgets it")
	assert.Empty(t, server.messages["bob"])
	c.CancelSend(1, "bob", "ann-1-7", func(err error, _ string) { cancelled <- err })
	assert.Equal(t, timerr.SDKInvalidCancelMessage, timerr.CodeOf(within(t, cancelled)))
}

// The process ends in the middle of an upload. The message has failed then, and the game
// sends it again.
func TestAnUploadGoesOnAfterARestart(t *testing.T) {
	server, files := filesChat(t, "ann")
	folder := t.TempDir()
	c, _ := fileClient(t, server, files, folder)
	path, data := fileOfSize(t, "a", 6<<20)
	reached, goOn := make(chan struct{}, 1), make(chan struct{})
	pieces := 0
	files.set(func() {
		files.full = func() {
			if pieces++; pieces == 2 {
				reached <- struct{}{}
				<-goOn
			}
		}
	})
	answers := sends(t, c, "ann-1-7", withElement(`"elem_type":4,"file_elem_file_path":%q`, path))
	within(t, reached)
	c.Close()
	assert.Equal(t, timerr.SDKCommInterrupt, timerr.CodeOf(within(t, answers).err))
	close(goOn)
	files.set(func() { files.full = nil })

	c, _ = fileClient(t, server, files, folder)
	files.looks()
	history := make(chan string, 1)
	c.History(1, "bob", `{}`, func(_ error, text string) { history <- text })
	var list []json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(within(t, history)), &list))
	require.Len(t, list, 1)
	var failed message
	require.NoError(t, json.Unmarshal(list[0], &failed))
	assert.Equal(t, 3, failed.Status)
	answer := within(t, sends(t, c, "", string(list[0])))
	require.NoError(t, answer.err)
	assert.Equal(t, "ann-1-7", answer.message.MsgID)
	assert.True(t, bytes.Equal(data, files.files["f1"].data))
	assert.NotContains(t, files.looks(), "POST")

	// A file that has changed meanwhile is another file.
	files.set(func() { files.expired = true })
	path, _ = fileOfSize(t, "b", 100)
	answer = within(t, sends(t, c, "ann-1-9", withElement(`"elem_type":4,"file_elem_file_path":%q`, path)))
	require.NoError(t, answer.err, "a place that is forgotten is asked for again")
}

func TestAMessageToManyHasItsFileUploadedOnce(t *testing.T) {
	server, files := filesChat(t, "ann")
	c, _ := fileClient(t, server, files, t.TempDir())
	path, _ := fileOfSize(t, "a", 100)
	users := make([]string, 50)
	for i := range users {
		users[i] = fmt.Sprint("user", i)
	}
	param, err := json.Marshal(map[string]any{"msg_batch_send_param_identifier_array": users,
		"msg_batch_send_param_msg": json.RawMessage(withElement(`"elem_type":4,"file_elem_file_path":%q`, path))})
	require.NoError(t, err)
	answer := make(chan string, 1)
	c.BatchSend(string(param), func(_ error, text string) { answer <- text })
	text := within(t, answer)
	assert.Equal(t, 50, strings.Count(text, `"msg_batch_send_result_code":0`))
	posts := 0
	for _, seen := range files.looks() {
		if seen == "POST" {
			posts++
		}
	}
	assert.LessOrEqual(t, posts, maxUploads)
	server.set(func() { assert.Contains(t, string(server.messages["user49"][0].Elements[0]), `"file_elem_file_id":"f`) })

	require.NoError(t, os.WriteFile(path, []byte("another"), 0o600))
	require.NoError(t, within(t, sends(t, c, "ann-1-9", withElement(`"elem_type":4,"file_elem_file_path":%q`, path))).err)
	assert.Contains(t, files.looks(), "POST", "it has changed")
}
