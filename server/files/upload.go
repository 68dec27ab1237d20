package files

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
)

// create begins an upload.
func (s *Server) create(w http.ResponseWriter, r *http.Request, by who) error {
	size, err := parseCount("Upload-Length", r.Header.Get("Upload-Length"))
	if err != nil {
		return err
	}
	m, err := parseMetadata(r.Header.Get("Upload-Metadata"))
	if err != nil {
		return err
	}
	if size == 0 {
		return badRequest("Upload-Length is 0: the file is empty")
	}
	if most := s.cfg.MaxBytes[m.kind]; size > most {
		return refuse(http.StatusRequestEntityTooLarge, timerr.SvrResSizeLimit,
			"the %s has %d bytes, and may have %d", m.kind, size, most)
	}
	f := chat.File{App: by.app, ID: newID(), Owner: by.user, Kind: m.kind, Name: m.name, Size: size, Created: time.Now()}
	ctx, cancel := storeContext(r.Context())
	defer cancel()
	err = s.rows.CreateFile(ctx, f, s.cfg.Open)
	var open *chat.TooManyFilesError
	switch {
	case errors.As(err, &open):
		return errTooMany("you have %d uploads open with %d bytes together, and may have %d with %d",
			open.Open.Count, open.Open.Bytes, s.cfg.Open.Count, s.cfg.Open.Bytes)
	case errors.Is(err, chat.ErrNoAccount):
		return timerr.Newf(timerr.FileTransAuthFailed, "the account of the token is not there any more")
	case err != nil:
		return s.storeFailed("begin an upload", err)
	}
	w.Header().Set("Location", wire.FilesPath+f.ID)
	s.expires(w, f)
	w.WriteHeader(http.StatusCreated)
	return nil
}

// newID returns 128 random bits: who knows them was told.
func newID() string {
	var id [16]byte
	rand.Read(id[:]) // never fails
	return hex.EncodeToString(id[:])
}

// expires says until when an upload may go on.
func (s *Server) expires(w http.ResponseWriter, f chat.File) {
	w.Header().Set("Upload-Expires", f.Created.Add(s.cfg.UploadExpires).UTC().Format(http.TimeFormat))
}

// file looks a file or an upload up.
func (s *Server) file(ctx context.Context, ref chat.FileRef) (chat.File, error) {
	ctx, cancel := storeContext(ctx)
	defer cancel()
	f, err := s.rows.File(ctx, ref)
	switch {
	case errors.Is(err, chat.ErrNoFile):
		return f, errNotThere
	case err != nil:
		return f, s.storeFailed("look for a file", err)
	case f.Finished.IsZero() && time.Since(f.Created) > s.cfg.UploadExpires:
		return f, errNotThere // before the cleaner came by
	}
	return f, nil
}

// upload returns the upload that a request names, which must be by's own.
func (s *Server) upload(r *http.Request, by who) (chat.File, error) {
	f, err := s.asked(r, by)
	if err == nil && (f.Owner != by.user || f.Parent != "") {
		err = errNotYours
	}
	return f, err
}

// offset says how much of an upload is kept.
func (s *Server) offset(w http.ResponseWriter, r *http.Request, by who) error {
	f, err := s.upload(r, by)
	if err != nil {
		return err
	}
	header := w.Header()
	header.Set("Upload-Offset", strconv.FormatInt(f.Received, 10))
	header.Set("Upload-Length", strconv.FormatInt(f.Size, 10))
	header.Set("Cache-Control", "no-store")
	if f.Finished.IsZero() {
		s.expires(w, f)
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

// terminate takes an upload back.
func (s *Server) terminate(w http.ResponseWriter, r *http.Request, by who) error {
	f, err := s.upload(r, by)
	if err != nil {
		return err
	}
	if !f.Finished.IsZero() {
		return refuse(http.StatusForbidden, timerr.SvrResAccessDeny, "the upload is finished and cannot be taken back")
	}
	if err := s.discard(r.Context(), refOf(f)); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func refOf(f chat.File) chat.FileRef { return chat.FileRef{App: f.App, ID: f.ID} }

// append takes the bytes of a PATCH, and completes the upload with the last of them.
func (s *Server) append(w http.ResponseWriter, r *http.Request, by who) error {
	if got := r.Header.Get("Content-Type"); got != "application/offset+octet-stream" {
		return refuse(http.StatusUnsupportedMediaType, timerr.SvrResInvalidParameters,
			"Content-Type is not application/offset+octet-stream")
	}
	offset, err := parseCount("Upload-Offset", r.Header.Get("Upload-Offset"))
	if err != nil {
		return err
	}
	f, err := s.upload(r, by)
	switch {
	case err != nil:
		return err
	case offset != f.Received:
		return errOffset(f)
	case r.ContentLength > f.Size-offset:
		return refuse(http.StatusRequestEntityTooLarge, timerr.SvrResSizeLimit,
			"the body is longer than what Upload-Length leaves, %d bytes", f.Size-offset)
	}
	if f.Received < f.Size {
		if f.Received, err = s.receive(w, r, f); err != nil {
			return err
		}
	}
	w.Header().Set("Upload-Offset", strconv.FormatInt(f.Received, 10))
	if f.Received < f.Size {
		s.expires(w, f)
		http.NewResponseController(w).SetWriteDeadline(time.Now().Add(s.cfg.IdleTimeout))
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	info, err := s.complete(r.Context(), refOf(f))
	if err != nil {
		return err
	}
	s.answer(w, http.StatusOK, info)
	return nil
}

func errOffset(f chat.File) error {
	return refuse(http.StatusConflict, timerr.SvrResInvalidParameters, "Upload-Offset is not %d, where the upload is", f.Received)
}
