package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/server/chat"
)

// maxParts bounds the rows that an upload makes, however its bytes come.
const maxParts = 1024

// receive keeps the bytes of a request, a piece at a time, and returns where the upload is
// then. Nothing but a buffer is in memory. A piece that was cut short is kept as well.
func (s *Server) receive(w http.ResponseWriter, r *http.Request, f chat.File) (received int64, err error) {
	body := s.patientBody(w, r)
	defer body.stop()
	for f.Received < f.Size {
		n, ended, err := s.receivePiece(r.Context(), body, f)
		f.Received += n
		switch {
		case err != nil:
			return f.Received, err
		case ended == io.EOF:
			return f.Received, nil
		case ended != nil && s.ctx.Err() != nil:
			return f.Received, errShutsDown
		case errors.Is(ended, os.ErrDeadlineExceeded):
			return f.Received, refuse(http.StatusRequestTimeout, timerr.SvrResTransferTimeout,
				"nothing came for %v", s.cfg.IdleTimeout)
		case ended != nil:
			return f.Received, errGone
		}
	}
	return f.Received, nil
}

// receivePiece makes the next part of an upload from what comes. Ended is how the body did,
// nil if it goes on.
func (s *Server) receivePiece(ctx context.Context, body io.Reader, f chat.File) (n int64, ended, err error) {
	object, err := s.bytes.Create()
	if err != nil {
		return 0, nil, s.storeFailed("begin a piece of an upload", err)
	}
	defer object.Discard()
	n, ended, err = copyPiece(object, body, min(s.cfg.PieceBytes, f.Size-f.Received), s.cfg.PieceTime)
	if err != nil {
		return 0, nil, s.storeFailed("write a piece of an upload", err)
	}
	if n == 0 {
		return 0, ended, nil
	}
	if err := s.addPart(ctx, object, f, n); err != nil {
		return 0, nil, err
	}
	return n, ended, nil
}

// copyPiece copies until most bytes came, or some and their time is over, or the body has
// ended, which is ended. Err is of writing.
func copyPiece(to io.Writer, from io.Reader, most int64, long time.Duration) (n int64, ended, err error) {
	buffer := make([]byte, 64<<10)
	for began := time.Now(); n < most && (n == 0 || time.Since(began) < long); {
		read, ended := from.Read(buffer[:min(int64(len(buffer)), most-n)])
		if _, err := to.Write(buffer[:read]); err != nil {
			return n, nil, err
		}
		if n += int64(read); ended != nil {
			return n, ended, nil
		}
	}
	return n, nil, nil
}

// addPart makes a written object the next part of an upload. When somebody else has added one
// there, on whichever node, it is not wanted.
func (s *Server) addPart(ctx context.Context, object Object, f chat.File, size int64) error {
	ctx, cancel := storeContext(ctx)
	defer cancel()
	ref := refOf(f)
	part := chat.FilePart{Offset: f.Received, Size: size, Object: fmt.Sprintf("%d-%s", f.Received, newID())}
	if err := object.Commit(ctx, ref, part.Object); err != nil {
		s.unwanted(ctx, ref, part)
		return s.storeFailed("keep a piece of an upload", err)
	}
	added, err := s.rows.AddFilePart(ctx, ref, part, maxParts)
	switch {
	case err != nil: // it may be a part all the same: the object stays as long as the file
		return s.storeFailed("note a piece of an upload", err)
	case added:
		return nil
	}
	s.unwanted(ctx, ref, part)
	now, err := s.file(ctx, ref)
	switch {
	case err != nil:
		return err
	case now.Received == f.Received:
		return badRequest("the upload came in more than %d pieces: begin anew, with longer ones", maxParts)
	}
	return errOffset(now)
}

func (s *Server) unwanted(ctx context.Context, ref chat.FileRef, part chat.FilePart) {
	if err := s.bytes.Remove(ctx, ref, part.Object); err != nil {
		s.log.Warn("a piece that is no part of its upload was left until the file goes", "error", err)
	}
}

// patientBody is the body of a request, of which each read waits for IdleTimeout at most, and
// none once the server drains.
type patientBody struct {
	io.Reader
	wait func() error
	stop func() bool
}

func (s *Server) patientBody(w http.ResponseWriter, r *http.Request) patientBody {
	control := http.NewResponseController(w)
	return patientBody{
		Reader: r.Body,
		wait: func() error {
			if err := control.SetReadDeadline(time.Now().Add(s.cfg.IdleTimeout)); err != nil {
				return err
			}
			return s.ctx.Err() // after: Drain's own deadline is not overwritten unseen
		},
		stop: context.AfterFunc(s.ctx, func() { control.SetReadDeadline(time.Now()) }),
	}
}

func (b patientBody) Read(p []byte) (int, error) {
	if err := b.wait(); err != nil {
		return 0, err
	}
	return b.Reader.Read(p)
}

// discard removes an upload.
func (s *Server) discard(ctx context.Context, ref chat.FileRef) error {
	ctx, cancel := storeContext(ctx)
	defer cancel()
	removed, err := s.rows.RemoveFile(ctx, ref, true)
	switch {
	case err != nil:
		return s.storeFailed("remove an upload", err)
	case !removed:
		return refuse(http.StatusConflict, timerr.SvrResInvalidParameters, "the upload was completed or removed meanwhile")
	}
	s.forget(ctx, ref) // if it fails, the cleaner does it
	return nil
}

// forget removes the bytes of a removed file, and then what is known of it.
func (s *Server) forget(ctx context.Context, ref chat.FileRef) bool {
	err := s.bytes.RemoveFile(ctx, ref)
	if err == nil {
		err = s.rows.ForgetFile(ctx, ref)
	}
	if err != nil {
		s.storeFailed("remove a file's bytes", err)
	}
	return err == nil
}
