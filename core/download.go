package core

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/banter-im/banter/core/transport"
	"github.com/banter-im/banter/internal/timerr"
)

const maxRedirects = 5

// download is one file on its way to a path of this device. What has come stands in a file
// beside it, whose name ends with .part, so that a later download goes on there.
type download struct {
	id       string // of a file of the server, or
	address  string // of any other
	path     string
	grant    func(ctx context.Context, than string) (grant, error)
	target   func(address string) (transport.Target, error) // for address
	within   func() time.Duration                           // how long nothing may come
	progress func(current, total int64)

	http    *transport.HTTP
	at      string // the server that http is for
	refused string // the token that the server did not take
	denials int
	moved   time.Time
	tag     *os.File
	have    int64 // bytes in the part
}

func (d *download) partPath() string { return d.path + ".part" }

// tagPath is a small file that says what the part is of. It is locked while a download runs.
func (d *download) tagPath() string { return d.path + ".part.tag" }

// run downloads the file and returns its size.
func (d *download) run(ctx context.Context) (int64, error) {
	defer d.close()
	part, err := d.open()
	if err != nil {
		return 0, err
	}
	defer d.tag.Close()
	defer part.Close()
	d.moved = time.Now()
	for fruitless := 0; ; fruitless++ {
		before := d.have
		err := d.try(ctx, part)
		switch {
		case err == nil:
			return d.have, d.finish(part)
		case ctx.Err() != nil:
			return 0, context.Cause(ctx)
		case !errors.Is(err, errAgain):
			d.tidy(part, err)
			return 0, err
		case fruitless >= maxFruitless || time.Since(d.moved) >= d.within():
			err = gaveUp(timerr.FileTransDownloadFailed, err)
			d.tidy(part, err)
			return 0, err
		}
		if d.have > before {
			fruitless = 0
		}
		wait(ctx, fruitless)
	}
}

func (d *download) close() {
	if d.http != nil {
		d.http.Close()
	}
}

// cannotWrite is about the path that the game has named.
func cannotWrite(err error) error {
	var of *os.PathError
	if errors.As(err, &of) {
		err = of.Err
	}
	return &timerr.Error{Code: timerr.IoOperationFailed, Desc: fmt.Sprintf("path cannot be written: %v", err), Err: err}
}

// open opens the part, for this download alone.
func (d *download) open() (part *os.File, err error) {
	if info, err := os.Stat(d.path); err == nil && !info.Mode().IsRegular() {
		return nil, timerr.Newf(timerr.IoOperationFailed, "path cannot be written: it is there, and is no file")
	}
	if d.tag, err = os.OpenFile(d.tagPath(), os.O_RDWR|os.O_CREATE, 0o666); err != nil {
		return nil, cannotWrite(err)
	}
	if tryLock(d.tag) != nil {
		d.tag.Close()
		return nil, timerr.Newf(timerr.IoOperationFailed, "path cannot be written: another download to it is running")
	}
	if part, err = os.OpenFile(d.partPath(), os.O_RDWR|os.O_CREATE, 0o666); err != nil {
		d.tag.Close()
		_ = os.Remove(d.tagPath())
		return nil, cannotWrite(err)
	}
	return part, nil
}

// origin is what a part is of: which file, and which version of it.
func (d *download) origin(version string) string {
	before, _, _ := strings.Cut(d.address, "?") // what follows may be a secret
	return d.id + "\n" + before + "\n" + version
}

// version is that of the part, "" when it is of another file.
func (d *download) version() string {
	text, err := io.ReadAll(io.NewSectionReader(d.tag, 0, maxAnswer))
	version, ours := strings.CutPrefix(string(text), d.origin(""))
	if err != nil || !ours {
		return ""
	}
	return version
}

// try gets what lacks.
func (d *download) try(ctx context.Context, part *os.File) error {
	version := d.version()
	if d.have = 0; version != "" {
		end, err := part.Seek(0, io.SeekEnd)
		if err != nil {
			return cannotWrite(err)
		}
		d.have = end
	}
	response, err := d.ask(ctx, version)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusRequestedRangeNotSatisfiable {
		if total, known := totalOf(response); known && total == d.have {
			return nil // all of it is there
		}
		return errors.Join(timerr.Newf(timerr.FileTransDownloadFailed, "the server has less of the file than was read"), d.restart(part), errAgain)
	}
	total := response.ContentLength
	if response.StatusCode == http.StatusPartialContent {
		if total, err = d.rest(response); err != nil {
			return errors.Join(err, d.restart(part), errAgain)
		}
	} else if err := d.begin(part, response); err != nil {
		return err
	}
	return d.receive(part, response.Body, total)
}

// restart forgets the part.
func (d *download) restart(part *os.File) error {
	d.have = 0
	if err := errors.Join(d.tag.Truncate(0), part.Truncate(0)); err != nil {
		return cannotWrite(err)
	}
	return nil
}

// begin begins the part anew.
func (d *download) begin(part *os.File, response *http.Response) error {
	if err := d.restart(part); err != nil {
		return err
	}
	if version := response.Header.Get("ETag"); strings.HasPrefix(version, `"`) { // a weak one is good for no range
		if _, err := d.tag.WriteAt([]byte(d.origin(version)), 0); err != nil {
			return cannotWrite(err)
		}
	}
	return nil
}

// rest checks that the answer goes on where the part ends, and returns the file's size.
func (d *download) rest(response *http.Response) (total int64, err error) {
	var first, last int64
	_, err = fmt.Sscanf(response.Header.Get("Content-Range"), "bytes %d-%d/%d", &first, &last, &total)
	if err != nil || first != d.have || last != total-1 {
		return 0, timerr.Newf(timerr.FileTransDownloadFailed, "the server sent another part of the file than the one it was asked for")
	}
	return total, nil
}

// totalOf is the size that the answer to a range beyond the end tells.
func totalOf(response *http.Response) (total int64, known bool) {
	_, err := fmt.Sscanf(response.Header.Get("Content-Range"), "bytes */%d", &total)
	return total, err == nil
}

// receive writes what comes to the end of the part. A total below zero is not known.
func (d *download) receive(part *os.File, body io.Reader, total int64) error {
	buffer := make([]byte, 64<<10)
	for {
		n, err := body.Read(buffer)
		if n > 0 {
			if _, err := part.WriteAt(buffer[:n], d.have); err != nil {
				return cannotWrite(err)
			}
			d.have += int64(n)
			d.moved = time.Now()
			d.progress(d.have, max(0, total))
		}
		switch {
		case err == nil:
		case errors.Is(err, io.EOF) && (total < 0 || d.have == total):
			return nil
		default:
			return errors.Join(&timerr.Error{Code: timerr.FileTransDownloadFailed, Desc: "the connection was lost", Err: err}, errAgain)
		}
	}
}

// finish gives the file its name.
func (d *download) finish(part *os.File) error {
	if err := errors.Join(part.Sync(), part.Close()); err != nil {
		return cannotWrite(err)
	}
	if err := os.Rename(d.partPath(), d.path); err != nil {
		return cannotWrite(err)
	}
	d.tag.Close()
	_ = os.Remove(d.tagPath())
	return nil
}

// tidy leaves nothing behind that a later download could not go on with.
func (d *download) tidy(part *os.File, failed error) {
	if again := errors.Is(failed, errAgain) || timerr.CodeOf(failed) == timerr.IoOperationFailed; again && d.have > 0 {
		return
	}
	part.Close()
	d.tag.Close()
	_, _ = os.Remove(d.partPath()), os.Remove(d.tagPath())
}

// ask asks for the file, from the end of the part.
func (d *download) ask(ctx context.Context, version string) (*http.Response, error) {
	address, target, token, err := d.source(ctx)
	if err != nil {
		return nil, err
	}
	for range maxRedirects {
		response, err := d.get(ctx, address, target, token, version)
		if err != nil {
			return nil, err
		}
		next := response.Header.Get("Location")
		if response.StatusCode < 300 || response.StatusCode >= 400 || next == "" {
			return d.judge(response, token)
		}
		response.Body.Close()
		if address, err = resolve(address, next); err != nil {
			return nil, err
		}
		if target, err = d.target(address); err != nil {
			return nil, err
		}
		token = ""
	}
	return nil, timerr.Newf(timerr.HTTPReqFailed, "the server sends from one address to the next")
}

func resolve(address, next string) (string, error) {
	base, err := url.Parse(address)
	if err == nil {
		base, err = base.Parse(next)
	}
	if err != nil {
		return "", timerr.Newf(timerr.HTTPReqFailed, "the server sends to an address that is none")
	}
	return base.String(), nil
}

// source is where the file is.
func (d *download) source(ctx context.Context) (address string, target transport.Target, token string, err error) {
	if d.id == "" {
		target, err = d.target(d.address)
		return d.address, target, "", err
	}
	ctx, cancel := context.WithDeadline(ctx, d.moved.Add(d.within()))
	defer cancel()
	g, err := d.grant(ctx, d.refused)
	if err != nil {
		return "", target, "", errors.Join(err, errAgain)
	}
	return g.address(d.id), g.target, g.token, nil
}

func (d *download) get(ctx context.Context, address string, target transport.Target, token, version string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, badURL()
	}
	if d.at != target.URL {
		d.close()
		d.http, d.at = transport.NewHTTP(target), target.URL
	}
	r.Header.Set("User-Agent", userAgent)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if d.have > 0 {
		r.Header.Set("Range", fmt.Sprintf("bytes=%d-", d.have))
		r.Header.Set("If-Range", version)
	}
	response, err := d.http.Do(ctx, r)
	if err != nil && !errors.Is(err, transport.ErrPermanent) {
		err = errors.Join(err, errAgain)
	}
	return response, err
}

// judge sorts out what is no file.
func (d *download) judge(response *http.Response, token string) (*http.Response, error) {
	switch response.StatusCode {
	case http.StatusOK, http.StatusPartialContent, http.StatusRequestedRangeNotSatisfiable:
		return response, nil
	case http.StatusUnauthorized:
		d.refused = token
		d.denials++
	}
	defer response.Body.Close()
	denials := d.denials
	if token == "" { // there is no fresh one for it
		denials = maxDenials + 1
	}
	err := refusalOf(response, timerr.FileTransDownloadFailed, denials)
	if response.StatusCode == http.StatusNotFound {
		err = timerr.Newf(timerr.FileTransDownloadFailed, "the file is not there, or has expired")
	}
	return nil, err
}

func badURL() error {
	return timerr.Newf(timerr.HTTPReqFailed, "msg_download_elem_param_url is none of http:// or https://")
}

// targetOf is the server of any address.
func (c *Client) targetOf(address string) (transport.Target, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return transport.Target{}, badURL()
	}
	return transport.Target{URL: u.Scheme + "://" + u.Host, Proxy: c.settings.proxy(), PreferIPv6: c.settings.forLogin().preferIPv6}, nil
}

// sameFile names a path as the downloads of a client know it.
func sameFile(path string) string {
	if whole, err := filepath.Abs(path); err == nil {
		return whole
	}
	return filepath.Clean(path)
}
