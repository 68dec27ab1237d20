package suite

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Files of messages, from one game through a server to another.

const onUpload = "TIMSetMsgElemUploadProgressCallback"

// gate carries connections to a server until so many bytes have gone through one way: then it
// does what a test wants, once.
type gate struct {
	listener net.Listener
	server   string

	mu   sync.Mutex
	left [2]int64 // to the server, and from it; below 0: no end
	open []net.Conn
	at   func() // with the bytes before it carried, and none after it
}

const (
	toServer   = 0
	fromServer = 1
)

func startGate(t *testing.T, server string) *gate {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	g := &gate{listener: listener, server: server, left: [2]int64{-1, -1}}
	t.Cleanup(func() {
		listener.Close()
		g.cut()
	})
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go g.carry(client)
		}
	}()
	return g
}

func (g *gate) url() string { return "ws://" + g.listener.Addr().String() }

// after has at run when so many bytes have gone that way.
func (g *gate) after(way int, bytes int64, at func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.left[way], g.at = bytes, at
}

// cut ends every connection.
func (g *gate) cut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, conn := range g.open {
		conn.Close()
	}
	g.open = nil
}

func (g *gate) carry(client net.Conn) {
	server, err := net.Dial("tcp", g.server)
	if err != nil {
		client.Close()
		return
	}
	g.mu.Lock()
	g.open = append(g.open, client, server)
	g.mu.Unlock()
	var both sync.WaitGroup
	for way, conns := range [2][2]net.Conn{{client, server}, {server, client}} {
		both.Go(func() {
			_, _ = io.Copy(conns[1], &gated{conns[0], g, way})
			conns[1].Close()
			conns[0].Close()
		})
	}
	both.Wait()
}

// gated reads what goes one way through a gate.
type gated struct {
	io.Reader
	gate *gate
	way  int
}

func (r *gated) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	g := r.gate
	g.mu.Lock()
	reached := g.left[r.way] >= 0 && g.left[r.way] < int64(n)
	if reached {
		g.left[r.way] = -1
	} else if g.left[r.way] >= 0 {
		g.left[r.way] -= int64(n)
	}
	at := g.at
	g.mu.Unlock()
	if reached {
		at()
	}
	return n, err
}

// fileElement is what of an element with a file the tests look at.
type fileElement struct {
	Path   string `json:"file_elem_file_path"`
	ID     string `json:"file_elem_file_id"`
	Name   string `json:"file_elem_file_name"`
	Size   int64  `json:"file_elem_file_size"`
	URL    string `json:"file_elem_url"`
	Image  string `json:"image_elem_orig_id"`
	Width  int    `json:"image_elem_orig_pic_width"`
	Format int    `json:"image_elem_format"`
	Thumb  string `json:"image_elem_thumb_url"`
	ThumbW int    `json:"image_elem_thumb_pic_width"`
	ThumbH int    `json:"image_elem_thumb_pic_height"`
	Large  string `json:"image_elem_large_url"`
	LargeW int    `json:"image_elem_large_pic_width"`
}

type fileMessage struct {
	Elements []fileElement `json:"message_elem_array"`
	ID       string        `json:"message_msg_id"`
	Status   int           `json:"message_status"`
}

// attaches begins to send a message with a file, and returns the call.
func (p *puppet) attaches(to, key, path string) (call int, id string) {
	p.t.Helper()
	kind := map[string]int{"image_elem_orig_path": 1, "file_elem_file_path": 4}[key]
	message := fmt.Sprintf(`{"message_elem_array":[{"elem_type":%d,%q:%q}]}`, kind, key, path)
	call, l := p.call("TIMMsgSendMessage", text(to), number(1), text(message), buffer)
	require.Zero(p.t, l.Result)
	return call, *l.Buffer
}

func readFileMessage(t *testing.T, text string) fileMessage {
	t.Helper()
	var m fileMessage
	require.NoError(t, json.Unmarshal([]byte(text), &m))
	require.NotEmpty(t, m.Elements)
	return m
}

// delivered waits for the message of an id.
func (p *puppet) delivered(id string) fileMessage {
	p.t.Helper()
	var texts []string
	var list []json.RawMessage
	require.NoError(p.t, json.Unmarshal([]byte(p.eventWith(onMessages, id)), &texts))
	require.NoError(p.t, json.Unmarshal([]byte(texts[0]), &list))
	return readFileMessage(p.t.(*testing.T), string(list[0]))
}

// fetches downloads a file, and returns how often it heard how far that had come.
func (p *puppet) fetches(id, path string) (answer line, progress int) {
	p.t.Helper()
	answer = p.do("TIMMsgDownloadElemToPath", text(fmt.Sprintf(`{"msg_download_elem_param_type":1,"msg_download_elem_param_id":%q}`, id)), text(path))
	for *answer.Desc == "downloading" {
		assert.Zero(p.t, answer.Code)
		assert.Contains(p.t, *answer.JSON, "msg_download_elem_result_total_size")
		progress++
		answer = p.answer(p.calls)
	}
	return answer, progress
}

// someFile makes a file, and returns its path and what is in it.
func someFile(t *testing.T, size int) (path string, data []byte) {
	t.Helper()
	data = make([]byte, size)
	for i := range data {
		data[i] = byte(i>>8 ^ i)
	}
	path = filepath.Join(t.TempDir(), "表 1.dat")
	require.NoError(t, os.WriteFile(path, data, 0o600))
	return path, data
}

func sameContent(t *testing.T, path string, want []byte) {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.True(t, bytes.Equal(want, data), "%d bytes, not %d as they were", len(data), len(want))
}

func TestAnImageIsSentAndShown(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ann, bob := s.chatter(t, "ann", "linux", t.TempDir()), s.chatter(t, "bob", "linux", t.TempDir())
	picture := image.NewRGBA(image.Rect(0, 0, 1600, 1200))
	for x := range 1600 {
		picture.Set(x, x%1200, color.White)
	}
	path := filepath.Join(t.TempDir(), "a.png")
	var encoded bytes.Buffer
	require.NoError(t, png.Encode(&encoded, picture))
	require.NoError(t, os.WriteFile(path, encoded.Bytes(), 0o600))

	call, id := ann.attaches("bob", "image_elem_orig_path", path)
	answer := ann.answer(call)
	require.Zero(t, answer.Code, *answer.Desc)
	assert.NotEmpty(t, readFileMessage(t, *answer.JSON).Elements[0].Thumb)
	got := bob.delivered(id).Elements[0]
	assert.Equal(t, []int{1600, 960, 264, 198, 3}, []int{got.Width, got.LargeW, got.ThumbW, got.ThumbH, got.Format})
	response, err := http.Get(got.Thumb) // as a game shows it
	require.NoError(t, err)
	defer response.Body.Close()
	require.Equal(t, http.StatusOK, response.StatusCode)
	thumb, _, err := image.Decode(response.Body)
	require.NoError(t, err)
	assert.Equal(t, image.Pt(264, 198), thumb.Bounds().Size())
	copied := filepath.Join(t.TempDir(), "copy.png")
	answer, _ = bob.fetches(got.Image, copied)
	require.Zero(t, answer.Code, *answer.Desc)
	sameContent(t, copied, encoded.Bytes())

	text := filepath.Join(t.TempDir(), "no.png")
	require.NoError(t, os.WriteFile(text, []byte("no image"), 0o600))
	call, _ = ann.attaches("bob", "image_elem_orig_path", text)
	answer = ann.answer(call)
	assert.Equal(t, 6031, answer.Code)
	assert.Contains(t, *answer.Desc, "image_elem_orig_path")
	assert.NotContains(t, s.logText(), "t=", "no address in the log")
}

// A file goes up and down, and is cut in the middle of each.
func TestAFileAcrossCuts(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	network := startGate(t, strings.TrimPrefix(s.URL, "ws://"))
	direct := s.URL
	s.URL = network.url()
	ann := s.chatter(t, "ann", "linux", t.TempDir())
	bob := s.chatter(t, "bob", "linux", t.TempDir())
	s.URL = direct
	ann.listen(onUpload)
	path, data := someFile(t, 5<<20)
	cuts := 0
	cut := func() {
		network.mu.Lock()
		cuts++
		network.mu.Unlock()
		network.cut()
	}
	network.after(toServer, 2<<20, cut)
	call, id := ann.attaches("bob", "file_elem_file_path", path)
	answer := ann.answer(call)
	require.Zero(t, answer.Code, *answer.Desc)
	ann.eventWith(onUpload, ",0,5242880,5242880]")
	own := readFileMessage(t, *answer.JSON).Elements[0]
	assert.Equal(t, path, own.Path)
	got := bob.delivered(id).Elements[0]
	assert.Empty(t, got.Path, "paths stay at home")
	assert.Equal(t, []any{own.ID, "表 1.dat", int64(5 << 20)}, []any{got.ID, got.Name, got.Size})
	assert.True(t, strings.HasPrefix(got.URL, "http://"+network.listener.Addr().String()+"/files/"+got.ID+"?t="), "the address in use")

	copied := filepath.Join(t.TempDir(), "copy")
	network.after(fromServer, 2<<20, cut)
	answer, progress := bob.fetches(got.ID, copied)
	require.Zero(t, answer.Code, *answer.Desc)
	assert.Positive(t, progress)
	network.mu.Lock()
	defer network.mu.Unlock()
	assert.Equal(t, 2, cuts)
	assert.Equal(t, `{"msg_download_elem_result_current_size":5242880,"msg_download_elem_result_total_size":5242880}`, *answer.JSON)
	sameContent(t, copied, data)
}

// The game is killed in the middle of an upload. The message has failed then; sent again, it
// is the same one.
func TestAKillDuringAnUpload(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	network := startGate(t, strings.TrimPrefix(s.URL, "ws://"))
	direct, folder := s.URL, t.TempDir()
	s.URL = network.url()
	ann := s.chatter(t, "ann", "linux", folder)
	s.URL = direct
	bob := s.chatter(t, "bob", "linux", t.TempDir())
	path, data := someFile(t, 5<<20)
	reached, killed := make(chan struct{}), make(chan struct{})
	network.after(toServer, 3<<20, func() {
		close(reached)
		<-killed
	})
	_, id := ann.attaches("bob", "file_elem_file_path", path)
	<-reached
	ann.kill()
	network.cut()
	close(killed)

	ann = s.chatter(t, "ann", "linux", folder)
	answer := ann.do("TIMMsgGetMsgList", text("bob"), number(1), text(onlyHere))
	var list []json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(*answer.JSON), &list))
	require.Len(t, list, 1)
	failed := readFileMessage(t, string(list[0]))
	assert.Equal(t, []any{id, 3, path}, []any{failed.ID, failed.Status, failed.Elements[0].Path})
	call, l := ann.call("TIMMsgSendMessage", text("bob"), number(1), text(string(list[0])), buffer)
	require.Zero(t, l.Result)
	assert.Equal(t, id, *l.Buffer)
	answer = ann.answer(call)
	require.Zero(t, answer.Code, *answer.Desc)
	got := bob.delivered(id).Elements[0]
	copied := filepath.Join(t.TempDir(), "copy")
	answer, _ = bob.fetches(got.ID, copied)
	require.Zero(t, answer.Code, *answer.Desc)
	sameContent(t, copied, data)
}

func TestAnUploadIsCancelled(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	network := startGate(t, strings.TrimPrefix(s.URL, "ws://"))
	s.URL = network.url()
	ann := s.chatter(t, "ann", "linux", t.TempDir())
	path, _ := someFile(t, 5<<20)
	reached, goOn := make(chan struct{}), make(chan struct{})
	network.after(toServer, 1<<20, func() {
		close(reached)
		<-goOn
	})
	call, id := ann.attaches("bob", "file_elem_file_path", path)
	<-reached
	cancelled := ann.do("TIMMsgCancelSend", text("bob"), number(1), text(id))
	close(goOn)
	assert.Zero(t, cancelled.Code, *cancelled.Desc)
	answer := ann.answer(call)
	assert.Equal(t, 8021, answer.Code)
	assert.Equal(t, 7, readFileMessage(t, *answer.JSON).Status)
	refused := ann.do("TIMMsgDownloadElemToPath", text(`{}`), text(filepath.Join(t.TempDir(), "x")))
	assert.Equal(t, 6009, refused.Code)
	missing := ann.do("TIMMsgSendMessage", text("bob"), number(1), text(`{"message_elem_array":[{"elem_type":4,"file_elem_file_path":"/none/x"}]}`), null)
	assert.Equal(t, 7004, missing.Code)
	assert.Contains(t, *missing.Desc, "message_elem_array[0].file_elem_file_path")
}
