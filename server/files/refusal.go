package files

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// refusal is an error with the HTTP status that it is answered with.
type refusal struct {
	status int
	err    *timerr.Error
}

func (r *refusal) Error() string { return r.err.Error() }
func (r *refusal) Unwrap() error { return r.err }

func refuse(status int, code timerr.Code, format string, args ...any) error {
	return &refusal{status, timerr.Newf(code, format, args...)}
}

var (
	errShutsDown = refuse(http.StatusServiceUnavailable, timerr.SvrAccountInternalError, "the server shuts down, try again")
	errBusy      = refuse(http.StatusServiceUnavailable, timerr.SvrAccountInternalError, "the server has too many transfers of files, try again")
	errNotThere  = refuse(http.StatusNotFound, timerr.SvrResNotFound, "there is no such file, or it has expired")
	errNotYours  = refuse(http.StatusForbidden, timerr.SvrResAccessDeny, "the upload is another user's")
	errGone      = errors.New("the client has left") // nobody reads an answer
)

func errTooMany(format string, args ...any) error {
	return refuse(http.StatusTooManyRequests, timerr.SvrCommReqFreqLimit, format, args...)
}

// badRequest refuses what a client of ours would not send; the text names what is wrong.
func badRequest(format string, args ...any) error {
	return refuse(http.StatusBadRequest, timerr.SvrResInvalidParameters, format, args...)
}

// storeFailed logs and counts a failure of a store, and is what the client sees of it.
func (s *Server) storeFailed(doing string, err error) error {
	s.meter.StoreFailed()
	s.log.Error("a store of files failed", "doing", doing, "error", err)
	return refuse(http.StatusServiceUnavailable, timerr.SvrAccountInternalError, "the server's store failed, try again")
}

// fail answers a request with what went wrong.
func (s *Server) fail(w http.ResponseWriter, err error) {
	status, code, desc := http.StatusInternalServerError, timerr.CodeOf(err), timerr.DescOf(err)
	var r *refusal
	switch {
	case errors.Is(err, errGone):
		return
	case errors.As(err, &r):
		status = r.status
	case code == timerr.FileTransAuthFailed:
		status = http.StatusUnauthorized
	default:
		s.log.Error("a request for a file failed", "error", err)
	}
	s.answer(w, status, wire.FileError{Code: code, Desc: desc})
}

// answer writes JSON. The client has IdleTimeout to take it.
func (s *Server) answer(w http.ResponseWriter, status int, body any) {
	http.NewResponseController(w).SetWriteDeadline(time.Now().Add(s.cfg.IdleTimeout))
	text, err := json.Marshal(body)
	if err != nil {
		s.log.Error("an answer cannot be written", "error", err) // it is one of our structs
		status = http.StatusInternalServerError
	}
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	w.Write(append(text, '\n'))
}
