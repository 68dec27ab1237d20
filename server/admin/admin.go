// Package admin serves the address of operators and of the apps' own backends: health,
// metrics, the REST API and, on a development server, tickets for test users.
package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/banter-im/banter/server/chat"
)

// Config is what the admin address needs.
type Config struct {
	Metrics *Metrics
	// Chat answers the REST API. Without it there is none.
	Chat *chat.Service
	// RestPerSecond is how often an app may call a command; 0: RestPerSecond of this package.
	RestPerSecond int
	// Ready returns why the server should get no new players at the moment, or nil.
	Ready func(context.Context) error
	// DevTicket makes a ticket for any user. Only a development server has it.
	DevTicket func(user string, expire time.Duration) (string, error)
	Log       *slog.Logger
}

// readyTimeout bounds the check of /readyz.
const readyTimeout = 2 * time.Second

// New returns the admin address's handler.
func New(cfg Config) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", cfg.ready)
	mux.Handle("GET /metrics", promhttp.HandlerFor(cfg.Metrics.registry, promhttp.HandlerOpts{}))
	if cfg.Chat != nil {
		mux.Handle("/v4/", newRest(cfg))
	}
	if cfg.DevTicket != nil {
		mux.HandleFunc("GET /dev/usersig", cfg.devTicket)
	}
	return mux
}

// ready answers 503 while the server drains or is without its store. The cause stands
// in the log: who asks may be anybody.
func (c Config) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
	defer cancel()
	if err := c.Ready(ctx); err != nil {
		c.Log.Warn("not ready", "error", err)
		http.Error(w, "not ready", http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ok")
}

// The lifetimes of a development ticket, in seconds.
const (
	devExpire    = 180 * 24 * 60 * 60
	maxDevExpire = 10 * 365 * 24 * 60 * 60
)

// devTicket answers GET /dev/usersig?user=NAME&expire=SECONDS.
func (c Config) devTicket(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "application/json")
	user, expire, err := devQuery(r)
	if err != nil {
		writeError(w, err)
		return
	}
	sig, err := c.DevTicket(user, expire)
	if err != nil {
		writeError(w, err)
		return
	}
	json.NewEncoder(w).Encode(map[string]string{"user_id": user, "user_sig": sig})
}

func writeError(w http.ResponseWriter, err error) {
	w.WriteHeader(http.StatusBadRequest)
	json.NewEncoder(w).Encode(map[string]string{"error": err.Error()})
}

func devQuery(r *http.Request) (user string, expire time.Duration, err error) {
	query := r.URL.Query()
	if user = query.Get("user"); user == "" {
		return "", 0, fmt.Errorf("user is missing: /dev/usersig?user=NAME")
	}
	seconds := int64(devExpire)
	if text := query.Get("expire"); text != "" {
		if seconds, err = strconv.ParseInt(text, 10, 64); err != nil || seconds < 0 || seconds > maxDevExpire {
			return "", 0, fmt.Errorf("expire must be 0 to %d seconds", maxDevExpire)
		}
	}
	return user, time.Duration(seconds) * time.Second, nil
}
