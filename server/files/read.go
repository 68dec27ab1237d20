package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/banter-im/banter/server/chat"
)

// read gives a file, or the ranges of it that are asked for.
func (s *Server) read(w http.ResponseWriter, r *http.Request, by who) error {
	f, err := s.asked(r, by)
	if err != nil {
		return err
	}
	if f.Finished.IsZero() {
		return errNotThere
	}
	bytes, err := s.open(r.Context(), f)
	if err != nil {
		return err
	}
	defer bytes.Close()
	header := w.Header()
	mediaType, show := servedAs(f.Type)
	header.Set("Content-Type", mediaType)
	header.Set("Content-Disposition", disposition(show, f.Name))
	header.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	header.Set("ETag", `"`+f.ID+`"`) // the bytes of an id never change
	header.Set("Cache-Control", "private, max-age=86400, immutable")
	header.Set("Referrer-Policy", "no-referrer") // the address has a token
	to := s.patientWriter(w)
	defer func() { s.meter.FileBytesSent(to.written) }()
	http.ServeContent(to, r, "", f.Finished.Truncate(time.Second), bytes)
	if bytes.failed != nil && r.Context().Err() == nil {
		s.storeFailed("read a file", bytes.failed)
		panic(http.ErrAbortHandler) // or the client would take what it has for whole
	}
	return nil
}

// disposition is the header that offers a name.
func disposition(show bool, name string) string {
	how := "attachment"
	if show {
		how = "inline"
	}
	if name == "" {
		return how
	}
	return mime.FormatMediaType(how, map[string]string{"filename": name})
}

// patientWriter waits at most IdleTimeout for a client to take each piece of an answer.
type patientWriter struct {
	http.ResponseWriter
	control *http.ResponseController
	idle    time.Duration
	ended   context.Context // the server's: its end cuts what is under way
	written int64
}

func (s *Server) patientWriter(w http.ResponseWriter) *patientWriter {
	return &patientWriter{ResponseWriter: w, control: http.NewResponseController(w), idle: s.cfg.IdleTimeout, ended: s.ctx}
}

func (p *patientWriter) Write(b []byte) (int, error) {
	if err := p.ended.Err(); err != nil {
		return 0, err
	}
	if err := p.control.SetWriteDeadline(time.Now().Add(p.idle)); err != nil {
		return 0, err
	}
	n, err := p.ResponseWriter.Write(b)
	p.written += int64(n)
	return n, err
}

// open returns a reader of a file's bytes.
func (s *Server) open(ctx context.Context, f chat.File) (*fileReader, error) {
	bounded, cancel := storeContext(ctx)
	defer cancel()
	parts, err := s.rows.FileParts(bounded, refOf(f))
	if err == nil {
		err = checkParts(parts, f.Size)
	}
	if err != nil {
		return nil, s.storeFailed("look for a file's parts", err)
	}
	return &fileReader{ctx: ctx, store: s.bytes, ref: refOf(f), parts: parts, size: f.Size}, nil
}

// checkParts requires that parts have size bytes without a gap.
func checkParts(parts []chat.FilePart, size int64) error {
	end := int64(0)
	for _, p := range parts {
		if p.Offset != end || p.Size <= 0 {
			return fmt.Errorf("a file has a gap at %d", end)
		}
		end += p.Size
	}
	if end != size {
		return fmt.Errorf("a file of %d bytes has %d", size, end)
	}
	return nil
}

// fileReader reads the parts of a file as one. It holds at most one object open.
type fileReader struct {
	ctx   context.Context
	store Store
	ref   chat.FileRef
	parts []chat.FilePart
	size  int64

	at     int64
	open   io.ReadCloser // at at; nil: not opened yet
	end    int64         // of the part that is open
	failed error         // of the store: decoders hide it
}

// Read is that of io.Reader.
func (r *fileReader) Read(p []byte) (int, error) {
	if r.at >= r.size {
		return 0, io.EOF
	}
	if len(p) == 0 {
		return 0, nil
	}
	if r.open == nil {
		if err := r.openPart(); err != nil {
			r.failed = err
			return 0, err
		}
	}
	n, err := r.open.Read(p[:min(int64(len(p)), r.end-r.at)])
	r.at += int64(n)
	switch {
	case r.at == r.end:
		r.shut()
		return n, nil
	case err == io.EOF:
		err = fmt.Errorf("an object ends %d bytes too early", r.end-r.at)
	}
	if err != nil {
		r.failed = err
	}
	return n, err
}

func (r *fileReader) openPart() error {
	for _, part := range r.parts {
		if end := part.Offset + part.Size; r.at < end {
			open, err := r.store.Open(r.ctx, r.ref, part.Object, r.at-part.Offset)
			r.open, r.end = open, end
			return err
		}
	}
	return io.ErrUnexpectedEOF
}

// Seek is that of io.Seeker.
func (r *fileReader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.at
	case io.SeekEnd:
		offset += r.size
	}
	if offset < 0 {
		return 0, errors.New("files: a seek before the beginning")
	}
	if offset != r.at {
		r.shut()
		r.at = offset
	}
	return offset, nil
}

func (r *fileReader) shut() {
	if r.open != nil {
		r.open.Close()
		r.open = nil
	}
}

// Close ends the reader.
func (r *fileReader) Close() { r.shut() }
