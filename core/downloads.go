package core

import (
	"errors"
	"math"

	"github.com/banter-im/banter/internal/timerr"
)

// downloadParam is the JSON of TIMMsgDownloadElemToPath. The kind of the element and its
// business id are not needed here: ids are of any file.
type downloadParam struct {
	Type       uint32 `json:"msg_download_elem_param_type"`
	ID         string `json:"msg_download_elem_param_id"`
	BusinessID uint32 `json:"msg_download_elem_param_business_id"`
	URL        string `json:"msg_download_elem_param_url"`
}

// downloadResult is how far a download has come.
type downloadResult struct {
	Current int64 `json:"msg_download_elem_result_current_size"`
	Total   int64 `json:"msg_download_elem_result_total_size"`
}

// downloading is a download and all calls that wait for it.
type downloading struct {
	id, address string
	calls       []downloadCall
}

type downloadCall struct {
	progress func(json string)
	done     Done
}

// DownloadElem downloads the file of an element to a path. progress hears how far it has come,
// before done has the answer; it may be called after the client's end has answered the call.
func (c *Client) DownloadElem(param, path string, progress func(json string), done Done) {
	c.chat(done, true, func(m *messenger, done Done) {
		if err := m.download(param, path, downloadCall{progress, done}); err != nil {
			done(err, "")
		}
	})
}

func (m *messenger) download(text, path string, call downloadCall) error {
	var param downloadParam
	if err := decode(text, &param); err != nil {
		return err
	}
	if id, ours := fileOf(param.URL); ours {
		param.ID, param.URL = id, ""
	}
	switch {
	case param.URL != "":
		param.ID = "" // it is a file of another server's, whatever its id is there
	case param.ID == "":
		return timerr.Newf(timerr.FileTransDownloadFailed, "msg_download_elem_param_id and msg_download_elem_param_url are missing")
	}
	path = sameFile(path)
	running := m.downloads[path]
	switch {
	case running == nil:
		running = &downloading{id: param.ID, address: param.URL, calls: []downloadCall{call}}
		m.downloads[path] = running
		m.startDownload(running, path)
	case running.id != param.ID || running.address != param.URL:
		return timerr.Newf(timerr.IoOperationFailed, "path cannot be written: another file is being downloaded to it")
	default:
		running.calls = append(running.calls, call)
	}
	return nil
}

func (m *messenger) startDownload(running *downloading, path string) {
	meter := &meter{total: math.MaxInt64}
	meter.tell = func(current, total int64) bool {
		if total == math.MaxInt64 {
			total = 0 // it is not known
		}
		m.enqueue(func() {
			for _, call := range running.calls {
				call.progress(textOf(downloadResult{current, total}))
			}
		})
		return true
	}
	d := &download{id: running.id, address: running.address, path: path, grant: m.grant, target: m.client.targetOf, within: m.client.within,
		progress: func(current, total int64) { // the end is told by the answer
			if total > 0 {
				meter.total = total
			}
			meter.move(current, total)
		},
	}
	m.client.spawn(func() {
		size, err := m.downloadOne(d)
		if m.ctx.Err() != nil {
			return // the messenger's end answers, with its reason
		}
		m.enqueue(func() {
			delete(m.downloads, path)
			for _, call := range running.calls {
				if err != nil {
					call.done(err, "")
				} else {
					call.done(nil, textOf(downloadResult{size, size}))
				}
			}
		})
	})
}

// downloadOne downloads a file when it is its turn.
func (m *messenger) downloadOne(d *download) (int64, error) {
	select {
	case m.client.downloads <- struct{}{}:
		defer func() { <-m.client.downloads }()
	case <-m.ctx.Done():
		return 0, m.ctx.Err()
	}
	size, err := d.run(m.ctx)
	var coded *timerr.Error
	if err != nil && !errors.As(err, &coded) {
		err = timerr.Wrap(timerr.FileTransDownloadFailed, err)
	}
	return size, err
}
