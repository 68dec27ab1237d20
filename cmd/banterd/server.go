package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/admin"
	"github.com/banter-im/banter/server/chat"
	"github.com/banter-im/banter/server/console"
	"github.com/banter-im/banter/server/files"
	"github.com/banter-im/banter/server/gateway"
	"github.com/banter-im/banter/server/sqlstore"
	"github.com/banter-im/banter/server/webhook"
)

// shutdownTimeout bounds a graceful end.
const shutdownTimeout = 10 * time.Second

// options are what a server is made of. Its data folder is locked by the caller.
type options struct {
	data                string
	store               string // a database's address; "": a file in data
	listen, adminListen string
	certificate         *tls.Certificate // nil: plain
	restPerSecond       int
	webhook             webhook.Config
	assist              assistOptions
	bus                 busOptions
	chat                chat.Config
	gateway             gateway.Config
	files               filesOptions
	devTicket           func(user string, expire time.Duration) (string, error)
	log                 *slog.Logger

	hangup <-chan os.Signal        // asks for a reload; nil: never
	reread func() (options, error) // for it
}

// server is everything that runs. It is built in the order of its fields, and closed in
// reverse.
type server struct {
	store          *sqlstore.Store
	bus            chat.Bus
	chat           *chat.Service
	asker          *webhook.Asker
	assistants     assistants
	webhook        *webhook.Sender
	gateway        *gateway.Server
	files          *files.Server
	players, admin net.Listener
	draining       context.Context // has ended when no new players are wanted
	certificate    atomic.Pointer[tls.Certificate]
}

// serve runs a server until ctx ends and every link has been closed, or until it fails.
// It calls ready when players can come.
func serve(ctx context.Context, o options, ready func(players, admin net.Addr) error) (err error) {
	s := &server{draining: ctx}
	defer func() { err = errors.Join(err, s.close()) }()
	metrics := admin.NewMetrics()
	if err := s.build(ctx, o, metrics); err != nil {
		return err
	}
	failed := make(chan error, 2)
	players := s.playersHTTP(o)
	operators := s.adminHTTP(o, metrics)
	go func() { failed <- players.Serve(s.playersListener(o)) }()
	go func() { failed <- operators.Serve(s.admin) }()
	defer operators.Close()
	defer players.Close()

	if err := ready(s.players.Addr(), s.admin.Addr()); err != nil {
		return err
	}
	o.log.Info("ready", "listen", s.players.Addr().String(), "admin_listen", s.admin.Addr().String())
	err = s.run(ctx, o, failed)
	s.drain(players)
	return err
}

// run reloads when it is asked to, until ctx ends or a part of the server fails.
func (s *server) run(ctx context.Context, o options, failed <-chan error) error {
	for {
		select {
		case err := <-failed:
			return fmt.Errorf("serve: %w", err)
		case <-ctx.Done():
			o.log.Info("shutting down")
			return nil
		case <-o.hangup:
			s.reload(o)
		}
	}
}

// drain lets players go: nobody comes in, everybody is told, and what is under way is
// finished, within shutdownTimeout.
func (s *server) drain(players *http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	s.players.Close()
	s.files.Drain(ctx)
	s.gateway.Drain(ctx)
	players.Shutdown(ctx)
}

func (s *server) build(ctx context.Context, o options, metrics *admin.Metrics) (err error) {
	if s.store, err = openStore(ctx, o.store, o.data, o.log); err != nil {
		return fmt.Errorf("open the store: %w", err)
	}
	if s.bus, err = o.bus.open(metrics, o.log); err != nil {
		return err
	}
	s.asker = webhook.NewAsker(o.webhook, metrics, o.log)
	o.chat.Hook = s.asker
	s.assist(&o, metrics, o.log)
	if s.chat, err = chat.New(ctx, o.chat, s.store, s.bus, metrics, o.log); err != nil {
		return err
	}
	o.webhook.Node = o.chat.Node
	s.webhook = webhook.New(o.webhook, s.store, s.chat, metrics, o.log)
	metrics.ActiveUsers(s.chat.ActiveUsers)
	o.gateway.Alone = o.chat.Shared == nil
	s.gateway = gateway.New(o.gateway, s.chat, metrics, o.log)
	if err := s.buildFiles(ctx, o, metrics); err != nil {
		return err
	}
	metrics.Gauge("connections", "Links of clients.", s.gateway.Links)
	metrics.Gauge("sessions", "Sessions that have a link.", s.chat.Online)

	if s.players, err = listenPlayers(ctx, o.listen, s.gateway.Keepalive()); err != nil {
		return fmt.Errorf("listen for players: %w", err)
	}
	if s.admin, err = net.Listen("tcp", o.adminListen); err != nil {
		return fmt.Errorf("listen for operators: %w", err)
	}
	return nil
}

func (s *server) buildFiles(ctx context.Context, o options, metrics *admin.Metrics) error {
	bytes, err := o.files.open(ctx, o.data, o.log)
	if err != nil {
		return err
	}
	o.files.limits.Admitted = s.gateway.Excuse
	s.files = files.New(o.files.limits, s.chat, s.store, bytes, metrics, o.log)
	return nil
}

// close ends what build made.
func (s *server) close() error {
	var errs []error
	for _, listener := range []net.Listener{s.admin, s.players} {
		if listener != nil {
			listener.Close() // again, after an orderly end
		}
	}
	if s.files != nil {
		ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
		defer cancel()
		s.files.Drain(ctx)
	}
	if s.webhook != nil {
		s.webhook.Close()
	}
	if s.chat != nil {
		s.chat.Close()
	}
	if s.asker != nil {
		s.asker.Close()
	}
	s.assistants.close()
	if s.bus != nil {
		errs = append(errs, s.bus.Close())
	}
	if s.store != nil {
		errs = append(errs, s.store.Close())
	}
	return errors.Join(errs...)
}

func (s *server) playersListener(o options) net.Listener {
	if o.certificate == nil {
		return s.gateway.Listener(s.players)
	}
	s.certificate.Store(o.certificate)
	return tls.NewListener(s.players, &tls.Config{
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return s.certificate.Load(), nil },
		NextProtos:     []string{"http/1.1"}, // which a WebSocket begins as
	})
}

func (s *server) playersHTTP(o options) *http.Server {
	mux := http.NewServeMux()
	mux.Handle("GET "+wire.Path, s.gateway)
	mux.Handle(wire.FilesPath, s.files)
	if o.devTicket != nil {
		mux.Handle("/", console.New(console.Config{App: o.chat.Apps[0].ID, Ticket: o.devTicket}))
	}
	return &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: 5 * time.Second, // also of the TLS handshake
		IdleTimeout:       30 * time.Second,
		MaxHeaderBytes:    8 << 10,
		ConnState:         s.gateway.ConnState,
		ConnContext:       s.gateway.ConnContext,
		ErrorLog:          slog.NewLogLogger(o.log.Handler(), slog.LevelDebug),
	}
}

func (s *server) adminHTTP(o options, metrics *admin.Metrics) *http.Server {
	handler := admin.New(admin.Config{Metrics: metrics, Chat: s.chat, RestPerSecond: o.restPerSecond,
		Ready: s.ready, DevTicket: o.devTicket, Log: o.log})
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(o.log.Handler(), slog.LevelDebug),
	}
}

func (s *server) ready(ctx context.Context) error {
	if s.draining.Err() != nil {
		return errors.New("the server shuts down")
	}
	return s.chat.Ready(ctx)
}

// newLog returns a log of JSON lines. Nothing that is logged holds a ticket, a key, a
// session id or a message.
func newLog(to io.Writer, level slog.Level) *slog.Logger {
	return slog.New(slog.NewJSONHandler(to, &slog.HandlerOptions{Level: level}))
}
