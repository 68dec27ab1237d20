package core

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"math"
	"os"
	"strings"
	"sync"
	"sync/atomic"
)

// The log levels of the C API.
const (
	logOff = iota
	logTest
	logVerbose
	logDebug
	logInfo
	logWarn
	logError
	logAssert
)

// slogLevel and gameLevel turn levels of the C API into slog's and back: Debug, Info, Warn
// and Error are the same steps on both scales.
func slogLevel(level int) slog.Level { return slog.Level(4 * (level - logInfo)) }

func gameLevel(level slog.Level) int {
	return min(max(logInfo+int(math.Floor(float64(level)/4)), logTest), logAssert)
}

// threshold is a level of the settings, read for every line.
type threshold struct {
	level *atomic.Int32
	on    *atomic.Bool // nil is always on
}

// Level implements slog.Leveler.
func (t threshold) Level() slog.Level {
	level := int(t.level.Load())
	if level == logOff || t.on != nil && !t.on.Load() {
		return math.MaxInt
	}
	return slogLevel(level)
}

// logs is where a client's log lines go: to the log file, to the console if the game asks
// for it, and to the game's log callback. No line holds a ticket or the body of a frame.
type logs struct {
	handler slog.Handler
	file    *logWriter

	mu     sync.RWMutex
	game   Game
	closed bool
}

func newLogs(folder string, settings *Settings, game Game) *logs {
	l := &logs{file: &logWriter{folder: folder, files: settings.files}, game: game}
	to := func(w io.Writer, level slog.Leveler) slog.Handler {
		return slog.NewTextHandler(w, &slog.HandlerOptions{Level: level})
	}
	line := &bytes.Buffer{}
	l.handler = slog.NewMultiHandler(
		to(l.file, threshold{level: &settings.logLevel}),
		to(os.Stderr, threshold{&settings.logLevel, &settings.console}),
		callbackHandler{
			Handler: to(line, threshold{level: &settings.callbackLevel}),
			mu:      &sync.Mutex{},
			line:    line,
			tell:    l.tell,
		},
	)
	return l
}

// tell gives a line to the game. It holds the lock while it calls out, so that no line
// comes after close: Game.Log promises not to block and not to call the client.
func (l *logs) tell(level int, text string) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if !l.closed {
		l.game.Log(level, text)
	}
}

// close gives up the file. Lines that still come go nowhere.
func (l *logs) close() {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.file.close()
}

// callbackHandler tells the game of lines, one by one, with their level.
type callbackHandler struct {
	slog.Handler // writes into line

	mu   *sync.Mutex // guards line
	line *bytes.Buffer
	tell func(level int, text string)
}

// Handle implements slog.Handler.
func (h callbackHandler) Handle(ctx context.Context, r slog.Record) error {
	text, err := h.format(ctx, r)
	if err != nil {
		return err
	}
	h.tell(gameLevel(r.Level), text)
	return nil
}

func (h callbackHandler) format(ctx context.Context, r slog.Record) (string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.line.Reset()
	err := h.Handler.Handle(ctx, r)
	return strings.TrimSuffix(h.line.String(), "\n"), err
}

// WithAttrs implements slog.Handler.
func (h callbackHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	h.Handler = h.Handler.WithAttrs(attrs)
	return h
}

// WithGroup implements slog.Handler.
func (h callbackHandler) WithGroup(name string) slog.Handler {
	h.Handler = h.Handler.WithGroup(name)
	return h
}
