package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// uploader is a player with a token, and no more than an HTTP client.
type uploader struct {
	t     testing.TB
	url   string
	token string
}

func (s *devServer) uploader(session wire.Session) uploader {
	return uploader{s.t, strings.Replace(s.ServerURL, "ws", "http", 1), session.FilesToken}
}

func (u uploader) try(method, path string, body io.Reader, headers ...string) (*http.Response, []byte, error) {
	u.t.Helper()
	request, err := http.NewRequestWithContext(u.t.Context(), method, u.url+path, body)
	require.NoError(u.t, err)
	request.Header.Set("Authorization", "Bearer "+u.token)
	request.Header.Set("Tus-Resumable", "1.0.0")
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response, text, err
}

func (u uploader) do(method, path string, body io.Reader, headers ...string) (*http.Response, []byte) {
	u.t.Helper()
	response, text, err := u.try(method, path, body, headers...)
	require.NoError(u.t, err)
	return response, text
}

// begin begins an upload, and returns its path.
func (u uploader) begin(size int, kind, name string) string {
	u.t.Helper()
	encode := base64.StdEncoding.EncodeToString
	response, text := u.do(http.MethodPost, wire.FilesPath, nil, "Upload-Length", strconv.Itoa(size),
		"Upload-Metadata", fmt.Sprintf("kind %s,filename %s", encode([]byte(kind)), encode([]byte(name))))
	require.Equal(u.t, http.StatusCreated, response.StatusCode, string(text))
	return response.Header.Get("Location")
}

func patchHeaders(offset int) []string {
	return []string{"Content-Type", "application/offset+octet-stream", "Upload-Offset", strconv.Itoa(offset)}
}

// rest sends what is still missing of an upload, and returns what is known of the file.
func (u uploader) rest(path string, content []byte) wire.FileInfo {
	u.t.Helper()
	response, text := u.do(http.MethodHead, path, nil)
	require.Equal(u.t, http.StatusOK, response.StatusCode, string(text))
	offset, err := strconv.Atoi(response.Header.Get("Upload-Offset"))
	require.NoError(u.t, err)
	response, text = u.do(http.MethodPatch, path, bytes.NewReader(content[offset:]), patchHeaders(offset)...)
	require.Equal(u.t, http.StatusOK, response.StatusCode, string(text))
	var info wire.FileInfo
	require.NoError(u.t, json.Unmarshal(text, &info))
	return info
}

// open reads a file as a game does: by its address alone.
func (u uploader) open(id string) []byte {
	u.t.Helper()
	response, err := http.Get(u.url + wire.FilesPath + id + "?t=" + u.token)
	require.NoError(u.t, err)
	defer response.Body.Close()
	require.Equal(u.t, http.StatusOK, response.StatusCode)
	text, err := io.ReadAll(response.Body)
	require.NoError(u.t, err)
	return text
}

func picture(t testing.TB, width, height int) []byte {
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))))
	return b.Bytes()
}

func noise(n int) []byte {
	content := make([]byte, n)
	rand.NewChaCha8([32]byte{7}).Read(content)
	return content
}

func TestPlayersGiveEachOtherFiles(t *testing.T) {
	s := startDev(t, testFolder(t))
	ann, annSession := s.online("ann", "linux", "1")
	_, bobSession := s.online("bob", "android", "phone")
	content := picture(t, 800, 600)
	sender, reader := s.uploader(annSession), s.uploader(bobSession)
	info := sender.rest(sender.begin(len(content), "image", "a.png"), content)
	require.Len(t, info.Images, 3)
	assert.Equal(t, wire.FileImage{Size: "original", ID: info.ID, Width: 800, Height: 600, Bytes: int64(len(content))}, info.Images[0])
	assert.Equal(t, content, reader.open(info.ID))
	config, _, err := image.DecodeConfig(bytes.NewReader(reader.open(info.Images[2].ID)))
	require.NoError(t, err)
	assert.Equal(t, [2]int{264, 198}, [2]int{config.Width, config.Height})

	fresh := body[wire.FileAccess](t, ann.call(wire.CmdFiles, nil))
	sender.token = fresh.Token
	assert.Equal(t, content, sender.open(info.ID))
	assert.Contains(t, s.get("/metrics"), `banter_files_uploaded_total{kind="image"} 1`)
	for _, secret := range []string{annSession.FilesToken, bobSession.FilesToken, fresh.Token} {
		assert.NotContains(t, s.log.String(), secret)
	}
}

func TestATokenOfAnotherServerOpensNothing(t *testing.T) {
	s, other := startDev(t, testFolder(t)), startDev(t, testFolder(t))
	_, session := other.online("ann", "linux", "1")
	response, text := s.uploader(session).do(http.MethodPost, wire.FilesPath, nil, "Upload-Length", "1")
	assert.Equal(t, http.StatusUnauthorized, response.StatusCode)
	var why wire.FileError
	require.NoError(t, json.Unmarshal(text, &why))
	assert.Equal(t, timerr.FileTransAuthFailed, why.Code)
}
