// Package files takes and gives the files of messages over HTTP. docs/files.md is its
// protocol. What is known of a file is in the domain's store; its bytes are in a Store of
// this package: a folder, or anything that speaks S3.
package files

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"runtime"
	"sync"
	"time"

	"github.com/banter-im/banter/server/chat"
)

// Config is what a Server is made of besides what it asks of others. What is zero takes the
// default.
type Config struct {
	MaxBytes       map[chat.FileKind]int64 // of a file, by its kind
	MaxImagePixels int64                   // 50 million
	Open           chat.OpenFiles          // of a user: 16 with 256 MB together
	UploadExpires  time.Duration           // after so long an upload that is not whole is removed; 24 h
	IdleTimeout    time.Duration           // without a byte, in either direction; 30 s
	PieceTime      time.Duration           // after so long what has come is kept for good; 15 s
	PieceBytes     int64                   // or after so much; 8 MB
	CleanEvery     time.Duration           // how often what expired is looked for; 5 m
	MaxTransfers   int                     // requests at once, of all users; 1000
	UserTransfers  int                     // of one user; 16

	// Admitted is told of each request whose token is good; it may be nil.
	Admitted func(*http.Request)
}

const megabyte = 1 << 20

func (c Config) withDefaults() Config {
	limits := map[chat.FileKind]int64{
		chat.ImageFile: 28 * megabyte, chat.SnapshotFile: 28 * megabyte, chat.SoundFile: 28 * megabyte,
		chat.VideoFile: 100 * megabyte, chat.OtherFile: 100 * megabyte,
	}
	for kind, limit := range c.MaxBytes {
		limits[kind] = cmp.Or(limit, limits[kind])
	}
	c.MaxBytes = limits
	c.MaxImagePixels = cmp.Or(c.MaxImagePixels, 50_000_000)
	c.Open.Count = cmp.Or(c.Open.Count, 16)
	c.Open.Bytes = cmp.Or(c.Open.Bytes, 256*megabyte)
	c.UploadExpires = cmp.Or(c.UploadExpires, 24*time.Hour)
	c.IdleTimeout = cmp.Or(c.IdleTimeout, 30*time.Second)
	c.PieceTime = cmp.Or(c.PieceTime, 15*time.Second)
	c.PieceBytes = cmp.Or(c.PieceBytes, 8*megabyte)
	c.CleanEvery = cmp.Or(c.CleanEvery, 5*time.Minute)
	c.MaxTransfers = cmp.Or(c.MaxTransfers, 1000)
	c.UserTransfers = cmp.Or(c.UserTransfers, 16)
	return c
}

// Access is what the server asks of the domain. *chat.Service is one.
type Access interface {
	// FileUser returns whom a token was given to.
	FileUser(token string) (app uint64, user string, err error)
	// FileDays returns for how many days each app keeps files: those that do not keep them for ever.
	FileDays() map[uint64]int
}

// Meter counts what happens. Its methods may be called at the same time.
type Meter interface {
	FileUploaded(kind string, bytes int64)
	FileBytesSent(bytes int64)
	StoreFailed()
	Panicked()
}

// Server is the http.Handler of wire.FilesPath.
type Server struct {
	cfg    Config
	access Access
	rows   chat.FileStore
	bytes  Store
	meter  Meter
	log    *slog.Logger
	mux    *http.ServeMux

	transfers transfers
	decoding  chan struct{} // has room for so many images at once: each needs much memory

	ctx     context.Context // ends with Drain: transfers keep what has come, and stop
	stop    context.CancelFunc
	running sync.WaitGroup // requests and the cleaner
}

// New returns a Server, which removes in the background what has expired.
func New(cfg Config, access Access, rows chat.FileStore, bytes Store, meter Meter, log *slog.Logger) *Server {
	s := &Server{cfg: cfg.withDefaults(), access: access, rows: rows, bytes: bytes, meter: meter, log: log,
		decoding: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2))}
	s.transfers.init(s.cfg.MaxTransfers, s.cfg.UserTransfers)
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.routes()
	s.running.Go(s.cleanForEver)
	return s
}

// Drain ends transfers: what came of an upload is kept, and its client goes on elsewhere.
// It waits for them until ctx ends, and may be called again.
func (s *Server) Drain(ctx context.Context) {
	s.transfers.shut()
	s.stop()
	ended := make(chan struct{})
	go func() {
		s.running.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-ctx.Done():
		s.log.Warn("transfers of files did not end in time")
	}
}

// storeTimeout bounds each use of the stores. A client that leaves does not cut one short:
// what came from it is to be kept.
const storeTimeout = 30 * time.Second

func storeContext(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
}
