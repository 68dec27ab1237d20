package core

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

const (
	maxUploads    = 2 // of a client at once
	maxDownloads  = 4
	progressEvery = 100 * time.Millisecond // for each element, or download
	discardWithin = 10 * time.Second
)

var errTakenBack = timerr.New(timerr.SDKSendMessageFailedWithCancel)

// checkFiles looks at the files of a message before it is kept, and puts what is known of
// them into their elements. What an earlier sending of the message has uploaded counts.
func (k *kept) checkFiles(again *kept) error {
	k.Elements = slices.Clone(k.Elements)
	for _, n := range lacking(k.Elements, k.local.Files) {
		f := &k.local.Files[n]
		element := fieldsOf(k.Elements[f.Element])
		file, info, err := openFile(f.Path)
		if err == nil {
			file.Close()
			if p := f.part(element.kind()); info.Size() > p.limit {
				err = timerr.Newf(timerr.SDKCommFileTooLarge, "the file has %d bytes, at most %d can be sent", info.Size(), p.limit)
			}
		}
		if err != nil {
			return f.named(err)
		}
		f.Size, f.Modified = info.Size(), info.ModTime().UnixNano()
		if again != nil {
			f.goOn(again.local.Files)
		}
		announce(k.Elements, *f)
	}
	return nil
}

// named says in err which field it is about.
func (f localFile) named(err error) error {
	return &timerr.Error{Code: timerr.CodeOf(err), Desc: fmt.Sprintf("message_elem_array[%d].%s: %s", f.Element, f.Key, timerr.DescOf(err)), Err: err}
}

// goOn takes over an upload that was begun for the same file.
func (f *localFile) goOn(begun []localFile) {
	for _, b := range begun {
		if b.Element == f.Element && b.Key == f.Key && b.Path == f.Path && b.Size == f.Size && b.Modified == f.Modified {
			f.Upload = b.Upload
		}
	}
}

// upload uploads what a message lacks, and sends it then.
func (m *messenger) upload(f *flight) {
	waiting := lacking(f.kept.Elements, f.kept.local.Files)
	if len(waiting) == 0 {
		m.sendNow(f)
		return
	}
	ctx, cancel := context.WithCancelCause(m.ctx)
	f.stop = cancel
	files := slices.Clone(f.kept.local.Files)
	kinds := make([]string, len(files))
	totals := map[int]int64{} // by element
	for _, n := range waiting {
		element := fieldsOf(f.kept.Elements[files[n].Element])
		kinds[n] = files[n].part(element.kind()).kind
		totals[files[n].Element] += files[n].Size
	}
	shown := textOf(f.kept.forGame(m.user, f.conversation))
	m.client.spawn(func() {
		defer cancel(nil)
		before := map[int]int64{}
		for _, n := range waiting {
			file := files[n]
			meter := &meter{before: before[file.Element], total: totals[file.Element], tell: func(current, total int64) bool {
				return m.push(func() bool {
					return m.client.game.UploadProgress(shown, file.Element, uint64(current), uint64(total))
				})
			}}
			result, err := m.uploadOne(ctx, f, n, file, kinds[n], meter)
			if err == nil {
				before[file.Element] += file.Size
				meter.finish(ctx, before[file.Element])
			}
			if m.ctx.Err() != nil {
				return // the messenger's end answers, with its reason
			}
			m.enqueue(func() { m.uploaded(f, n, result, err) })
			if err != nil {
				return
			}
		}
	})
}

// uploadOne uploads a file when it is its turn.
func (m *messenger) uploadOne(ctx context.Context, f *flight, n int, file localFile, kind string, meter *meter) (wire.FileInfo, error) {
	select {
	case m.client.uploads <- struct{}{}:
		defer func() { <-m.client.uploads }()
	case <-ctx.Done():
		return wire.FileInfo{}, context.Cause(ctx)
	}
	if info, found := m.uploads.find(recentFileOf(kind, file)); found {
		return info, nil
	}
	u := &upload{
		file: file, kind: kind, grant: m.grant, within: m.client.within,
		begun:    func(file localFile) { m.enqueue(func() { m.begun(f, n, file) }) },
		progress: meter.move,
	}
	result, err := u.run(ctx)
	if errors.Is(err, errTakenBack) {
		ctx, cancel := context.WithTimeout(m.ctx, discardWithin)
		defer cancel()
		u.discard(ctx)
	}
	if err != nil {
		return result, file.named(err)
	}
	m.uploads.add(recentFileOf(kind, u.file), result)
	return result, nil
}

// begun keeps where the server has a file, so that sending the message again goes on there.
func (m *messenger) begun(f *flight, n int, file localFile) {
	f.kept.local.Files[n] = file
	m.rekeep(f)
}

// uploaded takes what became of an upload. The last one sends the message.
func (m *messenger) uploaded(f *flight, n int, result wire.FileInfo, err error) {
	switch {
	case m.flights[f.kept.MsgID] != f: // it was taken back
	case err != nil:
		m.landed(f, wire.Sent{}, err)
	default:
		deliver(f.kept.Elements, f.kept.local.Files[n], result)
		m.rekeep(f)
		if len(lacking(f.kept.Elements, f.kept.local.Files)) == 0 {
			m.sendNow(f)
		}
	}
}

// rekeep keeps what has changed of a message on its way, if it is still there.
func (m *messenger) rekeep(f *flight) {
	if f.kept.OnlineOnly || m.flights[f.kept.MsgID] != f {
		return
	}
	m.update(func() error {
		row, found, err := m.cache.Find(f.conversation.Number, f.kept.MsgID)
		if err == nil && found && row.Nth > 0 {
			err = m.cache.PutMessage(f.conversation.Number, f.kept.row())
			m.refreshUnsent(f.conversation)
		}
		return err
	})
}

// takeBack ends an upload for good, and says whether there was one.
func (m *messenger) takeBack(f *flight) bool {
	if f.stop == nil || f.request != nil {
		return false
	}
	f.stop(errTakenBack)
	m.landed(f, wire.Sent{}, errTakenBack)
	return true
}

// meter tells how far a transfer has come: forwards only, and not too often.
type meter struct {
	before, total int64 // of what was transferred of the same element, and of all of it
	tell          func(current, total int64) bool
	highest       int64
	at            time.Time
}

func (p *meter) move(current, _ int64) {
	current += p.before
	if current <= p.highest || current >= p.total || time.Since(p.at) < progressEvery {
		return
	}
	p.highest, p.at = current, time.Now()
	p.tell(current, p.total)
}

// finish tells that all is there up to current. A game that has no room for it now hears of it
// as soon as it has.
func (p *meter) finish(ctx context.Context, current int64) {
	for !p.tell(current, p.total) && ctx.Err() == nil {
		wait(ctx, 0)
	}
}
