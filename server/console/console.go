// Package console serves a web page on which a person logs in as a test user and chats, with
// a running game or with another window. It is for a server for development: whoever reaches
// it is whoever they say they are.
package console

import (
	"embed"
	"encoding/json"
	"io/fs"
	"net"
	"net/http"
	"strings"
	"time"
)

//go:embed page
var files embed.FS

// ticketLifetime is how long the ticket of a page's user is good. The page asks for another
// one in time.
const ticketLifetime = time.Hour

// maxRequest bounds what a page sends, which is a user's name.
const maxRequest = 1 << 10

// Config is what the page needs.
type Config struct {
	App    uint64
	Ticket func(user string, expire time.Duration) (string, error)
}

// New returns the handler of the page, which is at "/", and of its logins.
func New(cfg Config) http.Handler {
	page, err := fs.Sub(files, "page")
	if err != nil {
		panic(err) // the folder is embedded
	}
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServerFS(page))
	mux.HandleFunc("POST /console/login", cfg.login)
	return guard(http.NewCrossOriginProtection().Handler(mux))
}

// guard answers only who asked for this machine or for an address: a name that somebody
// points here would make their page one of ours.
func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !trusted(r.Host) {
			http.Error(w, "open this page by the server's address, or as localhost", http.StatusForbidden)
			return
		}
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store") // the next server may have another page
		next.ServeHTTP(w, r)
	})
}

func trusted(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	name = strings.Trim(name, "[]")
	return name == "localhost" || net.ParseIP(name) != nil
}

// login answers {"user_id": NAME} with a ticket for the user.
func (c Config) login(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		User string `json:"user_id"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequest)).Decode(&asked); err != nil {
		answer(w, http.StatusBadRequest, map[string]any{"error": "the request is no JSON object with user_id"})
		return
	}
	sig, err := c.Ticket(asked.User, ticketLifetime)
	if err != nil {
		answer(w, http.StatusBadRequest, map[string]any{"error": err.Error()})
		return
	}
	answer(w, http.StatusOK, map[string]any{"sdk_app_id": c.App, "user_id": asked.User, "user_sig": sig})
}

func answer(w http.ResponseWriter, status int, body map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}
