package files

import (
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
)

const tusVersion = "1.0.0"

// handler does a request of a user. An error is answered by its caller.
type handler func(w http.ResponseWriter, r *http.Request, by who) error

func (s *Server) routes() {
	s.mux = http.NewServeMux()
	s.mux.HandleFunc("OPTIONS "+wire.FilesPath, s.options)
	s.mux.HandleFunc("POST "+wire.FilesPath+"{$}", s.asUploader(s.create))
	s.mux.HandleFunc("PATCH "+wire.FilesPath+"{id}", s.asUploader(s.append))
	s.mux.HandleFunc("DELETE "+wire.FilesPath+"{id}", s.asUploader(s.terminate))
	s.mux.HandleFunc("HEAD "+wire.FilesPath+"{id}", s.head)
	s.mux.HandleFunc("GET "+wire.FilesPath+"{id}", s.asUser(s.read))
	s.mux.HandleFunc("GET "+wire.FilesPath+"{id}/info", s.asUser(s.info))
	s.mux.HandleFunc(wire.FilesPath, func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, refuse(http.StatusMethodNotAllowed, timerr.SvrResInvalidParameters, "no such method here"))
	})
}

// ServeHTTP is that of http.Handler. A panic costs one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.running.Add(1)
	defer s.running.Done()
	defer func() {
		if p := recover(); p != nil {
			if p == http.ErrAbortHandler {
				panic(p)
			}
			s.meter.Panicked()
			s.log.Error("panic in a request for a file", "panic", p, "stack", string(debug.Stack()))
			panic(http.ErrAbortHandler)
		}
	}()
	http.NewResponseController(w).SetWriteDeadline(time.Now().Add(s.cfg.IdleTimeout))
	w.Header().Set("X-Content-Type-Options", "nosniff")
	s.mux.ServeHTTP(w, r)
}

// options says what of the tus protocol there is.
func (s *Server) options(w http.ResponseWriter, _ *http.Request) {
	header := w.Header()
	header.Set("Tus-Resumable", tusVersion)
	header.Set("Tus-Version", tusVersion)
	header.Set("Tus-Extension", "creation,termination,expiration")
	w.WriteHeader(http.StatusNoContent)
}

// asUser does a request of whoever has a token, in the address or in a header.
func (s *Server) asUser(do handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token, ok := bearer(r)
		if !ok {
			token = r.URL.Query().Get("t")
		}
		s.as(token, do, w, r)
	}
}

// asUploader does a request of the tus protocol. Its token is in the header alone: an address
// may have come from somebody else.
func (s *Server) asUploader(do handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Tus-Resumable", tusVersion)
		if r.Header.Get("Tus-Resumable") != tusVersion {
			w.Header().Set("Tus-Version", tusVersion)
			s.fail(w, refuse(http.StatusPreconditionFailed, timerr.SvrResInvalidParameters,
				"Tus-Resumable is missing or not %s", tusVersion))
			return
		}
		token, _ := bearer(r)
		s.as(token, do, w, r)
	}
}

// head is of an upload or of a file: only a client of the tus protocol asks for the former.
func (s *Server) head(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Tus-Resumable") != "" {
		s.asUploader(s.offset)(w, r)
		return
	}
	s.asUser(s.read)(w, r)
}

func bearer(r *http.Request) (token string, ok bool) {
	kind, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimSpace(token), strings.EqualFold(kind, "Bearer")
}

func (s *Server) as(token string, do handler, w http.ResponseWriter, r *http.Request) {
	app, user, err := s.access.FileUser(token)
	if err != nil {
		s.fail(w, err)
		return
	}
	if s.cfg.Admitted != nil {
		s.cfg.Admitted(r)
	}
	by := who{app, user}
	if err := s.transfers.enter(by); err != nil {
		s.fail(w, err)
		return
	}
	defer s.transfers.leave(by)
	if err := do(w, r, by); err != nil {
		s.fail(w, err)
	}
}

// asked returns the file that a request names.
func (s *Server) asked(r *http.Request, by who) (chat.File, error) {
	id := r.PathValue("id")
	if !fileID.MatchString(id) {
		return chat.File{}, errNotThere
	}
	return s.file(r.Context(), chat.FileRef{App: by.app, ID: id})
}
