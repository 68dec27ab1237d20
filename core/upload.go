package core

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"time"

	"github.com/banter-im/banter/core/transport"
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

const (
	uploadPiece  = 4 << 20 // bytes that are sent before they are known to be kept
	maxFruitless = 20      // tries one after the other that the server kept nothing of
	maxBackoff   = 8 * time.Second
	maxAnswer    = 64 << 10 // bytes
)

// upload is one file on its way to the server, by the tus protocol as docs/files.md has it. It
// goes on across cut connections, and with what an earlier run of the game has sent.
type upload struct {
	file     localFile
	kind     string
	grant    func(ctx context.Context, than string) (grant, error)
	within   func() time.Duration    // how long nothing may be sent
	begun    func(file localFile)    // the server has a place for it, or no longer
	progress func(sent, total int64) // may go back after a cut

	http    *transport.HTTP
	at      string // the URL that http is for
	refused string // the token that the server did not take
	denials int
	moved   time.Time // when a byte was sent last
}

// refusal is an answer of the server that is none of success.
type refusal struct {
	status int
	err    error
}

func (r refusal) Error() string { return r.err.Error() }
func (r refusal) Unwrap() error { return r.err }

// errAgain marks what another try may bring about.
var errAgain = errors.New("another try may do")

// run uploads the file. It returns when the server has all of it, when it refuses it, or when
// nothing could be sent for too long.
func (u *upload) run(ctx context.Context) (wire.FileInfo, error) {
	defer u.close()
	u.moved = time.Now()
	for fruitless := 0; ; fruitless++ {
		kept := u.moved
		done, more, err := u.try(ctx)
		switch {
		case err == nil:
			return done, nil
		case ctx.Err() != nil:
			return wire.FileInfo{}, context.Cause(ctx)
		case !errors.Is(err, errAgain):
			return wire.FileInfo{}, err
		case fruitless >= maxFruitless || time.Since(u.moved) >= u.within():
			return wire.FileInfo{}, gaveUp(timerr.FileTransUploadFailed, err)
		}
		if more && u.moved.After(kept) {
			fruitless = 0
		}
		wait(ctx, fruitless)
	}
}

// gaveUp is the error of a transfer that was tried for as long as it may be.
func gaveUp(code timerr.Code, last error) error {
	if own := timerr.CodeOf(last); own == timerr.FileTransAuthFailed || own == timerr.FileTransNoServer {
		code = own
	}
	return &timerr.Error{Code: code, Desc: "it was tried for too long; " + timerr.DescOf(last), Err: last}
}

// wait waits before a next try, at most maxBackoff.
func wait(ctx context.Context, tries int) {
	longest := min(maxBackoff, 250*time.Millisecond<<min(tries, 10))
	timer := time.NewTimer(longest/4 + rand.N(longest*3/4))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

func (u *upload) close() {
	if u.http != nil {
		u.http.Close()
	}
}

// try takes the upload as far as it goes. more says whether the server has kept anything.
func (u *upload) try(ctx context.Context) (done wire.FileInfo, more bool, err error) {
	file, err := u.open()
	if err != nil {
		return done, false, err
	}
	defer file.Close()
	g, err := u.access(ctx)
	if err != nil {
		return done, false, err
	}
	if u.file.Upload == "" {
		if err := u.create(ctx, g); err != nil {
			return done, false, err
		}
	}
	offset, err := u.offset(ctx, g)
	if err != nil {
		return done, false, err
	}
	for {
		next, result, err := u.send(ctx, g, file, offset)
		if err != nil || result != nil {
			if result != nil {
				done = *result
			}
			return done, more, err
		}
		more = more || next > offset
		offset = next
	}
}

// access gets the grant of a try.
func (u *upload) access(ctx context.Context) (grant, error) {
	ctx, cancel := context.WithDeadline(ctx, u.moved.Add(u.within()))
	defer cancel()
	g, err := u.grant(ctx, u.refused)
	if err != nil {
		return g, errors.Join(err, errAgain)
	}
	if u.at != g.target.URL {
		u.close()
		u.http, u.at = transport.NewHTTP(g.target), g.target.URL
	}
	return g, nil
}

// open opens the file. One that is another than when its upload began is uploaded anew.
func (u *upload) open() (*os.File, error) {
	file, info, err := openFile(u.file.Path)
	if err != nil {
		return nil, err
	}
	if size, modified := info.Size(), info.ModTime().UnixNano(); u.file.Size != size || u.file.Modified != modified {
		u.file.Size, u.file.Modified, u.file.Upload = size, modified, ""
	}
	return file, nil
}

// openFile opens a regular file that is not empty.
func openFile(path string) (*os.File, os.FileInfo, error) {
	info, err := os.Stat(path) // first: to open a pipe may wait for ever
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, nil, timerr.Newf(timerr.SDKCommFileNotFound, "there is no such file")
	case err != nil:
		return nil, nil, &timerr.Error{Code: timerr.SDKCommFileOpenFailed, Desc: "the file cannot be opened", Err: err}
	case !info.Mode().IsRegular():
		return nil, nil, timerr.Newf(timerr.SDKCommFileOpenFailed, "it is no file that can be sent")
	case info.Size() == 0:
		return nil, nil, timerr.Newf(timerr.SDKCommFileSizeEmpty, "the file is empty")
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, &timerr.Error{Code: timerr.SDKCommFileOpenFailed, Desc: "the file cannot be opened", Err: err}
	}
	return file, info, nil
}

// create asks for a place for the file.
func (u *upload) create(ctx context.Context, g grant) error {
	encode := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	response, err := u.do(ctx, g, http.MethodPost, "", nil, map[string]string{
		"Upload-Length":   strconv.FormatInt(u.file.Size, 10),
		"Upload-Metadata": "filename " + encode(shortName(u.file.Path)) + ",kind " + encode(u.kind),
	})
	if err != nil {
		return err
	}
	response.Body.Close()
	id := path.Base(response.Header.Get("Location"))
	if response.StatusCode != http.StatusCreated || id == "." || id == "/" {
		return timerr.Newf(timerr.FileTransUploadFailed, "the server answered %s instead of a place for the file", response.Status)
	}
	u.file.Upload = id
	u.begun(u.file)
	return nil
}

// maxFileName is how many bytes the server takes of a name.
const maxFileName = 255

// shortName is a file's name, without its beginning when it is too long.
func shortName(file string) string {
	name := filepath.Base(file)
	for i := range name {
		if len(name)-i <= maxFileName {
			return name[i:]
		}
	}
	return name
}

// offset asks how much the server has.
func (u *upload) offset(ctx context.Context, g grant) (int64, error) {
	response, err := u.do(ctx, g, http.MethodHead, u.file.Upload, nil, nil)
	var refused refusal
	if errors.As(err, &refused) && (refused.status == http.StatusNotFound || refused.status == http.StatusForbidden || refused.status == http.StatusGone) {
		u.file.Upload = "" // it has expired, or was another user's
		u.begun(u.file)
		return 0, errors.Join(err, errAgain)
	}
	if err != nil {
		return 0, err
	}
	response.Body.Close()
	return u.offsetIn(response)
}

func (u *upload) offsetIn(response *http.Response) (int64, error) {
	offset, err := strconv.ParseInt(response.Header.Get("Upload-Offset"), 10, 64)
	if err != nil || offset < 0 || offset > u.file.Size {
		return 0, timerr.Newf(timerr.FileTransUploadFailed, "the server does not say how much it has")
	}
	return offset, nil
}

// send sends the next piece. It returns the next offset, or what the server has made of all.
func (u *upload) send(ctx context.Context, g grant, file *os.File, offset int64) (int64, *wire.FileInfo, error) {
	n := min(uploadPiece, u.file.Size-offset)
	piece := &watchedReader{from: io.NewSectionReader(file, offset, n), read: func(read int64) {
		u.moved = time.Now()
		u.progress(offset+read, u.file.Size)
	}}
	response, err := u.do(ctx, g, http.MethodPatch, u.file.Upload, sized{piece, n}, map[string]string{
		"Upload-Offset": strconv.FormatInt(offset, 10),
		"Content-Type":  "application/offset+octet-stream",
	})
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusOK {
		var result wire.FileInfo
		err := json.NewDecoder(io.LimitReader(response.Body, maxAnswer)).Decode(&result)
		if err == nil && result.ID == "" {
			err = errors.New("it has no id")
		}
		if err != nil { // which the next try gets again
			return 0, nil, errors.Join(timerr.Wrap(timerr.FileTransUploadFailed, err), errAgain)
		}
		return u.file.Size, &result, nil
	}
	next, err := u.offsetIn(response)
	if err == nil && next <= offset {
		err = errors.Join(timerr.Newf(timerr.FileTransUploadFailed, "the server keeps nothing"), errAgain)
	}
	return next, nil, err
}

// watchedReader tells how much was read.
type watchedReader struct {
	from io.Reader
	n    int64
	read func(n int64)
}

func (r *watchedReader) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	if r.n += int64(n); n > 0 {
		r.read(r.n)
	}
	return n, err
}

// sized is a body and its length.
type sized struct {
	io.Reader
	n int64
}

// do makes a request about the file id, and sorts out what is no success.
func (u *upload) do(ctx context.Context, g grant, method, id string, body io.Reader, header map[string]string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, g.address(id), body)
	if err != nil {
		return nil, timerr.Wrap(timerr.HTTPReqFailed, err)
	}
	if s, ok := body.(sized); ok {
		if r.ContentLength = s.n; s.n == 0 {
			r.Body = http.NoBody
		}
	}
	r.Header.Set("Authorization", "Bearer "+g.token)
	r.Header.Set("Tus-Resumable", "1.0.0")
	r.Header.Set("User-Agent", userAgent)
	for key, value := range header {
		r.Header.Set(key, value)
	}
	response, err := u.http.Do(ctx, r)
	if err != nil {
		if errors.Is(err, transport.ErrPermanent) {
			return nil, err
		}
		return nil, errors.Join(err, errAgain)
	}
	if response.StatusCode < 300 {
		return response, nil
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusUnauthorized {
		u.refused = g.token
		u.denials++
	}
	return nil, refusalOf(response, timerr.FileTransUploadFailed, u.denials)
}

const (
	userAgent  = "banter"
	maxDenials = 3 // fresh tokens that the server does not take
)

// refusalOf reads why the server refuses a request. The body has the code, if it comes from a
// server of ours.
func refusalOf(response *http.Response, code timerr.Code, denials int) error {
	var told wire.FileError
	text, _ := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if json.Unmarshal(text, &told) != nil || told.Code == 0 {
		told.Code, told.Desc = code, fmt.Sprintf("the server answered %s", response.Status)
		if response.StatusCode == http.StatusUnauthorized {
			told.Code = timerr.FileTransAuthFailed
		}
	}
	err := error(refusal{response.StatusCode, &timerr.Error{Code: told.Code, Desc: told.Desc}})
	switch status := response.StatusCode; {
	case status == http.StatusUnauthorized && denials > maxDenials:
	case status == http.StatusUnauthorized, status == http.StatusConflict, status == http.StatusLocked,
		status == http.StatusRequestTimeout, status == http.StatusTooManyRequests, status >= 500:
		err = errors.Join(err, errAgain)
	}
	return err
}

// discard tells the server that the upload is given up.
func (u *upload) discard(ctx context.Context) {
	if u.file.Upload == "" || u.http == nil {
		return
	}
	defer u.close()
	g, err := u.grant(ctx, u.refused)
	if err != nil {
		return
	}
	if response, err := u.do(ctx, g, http.MethodDelete, u.file.Upload, nil, nil); err == nil {
		response.Body.Close()
	}
}
