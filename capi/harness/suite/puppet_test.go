package suite

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// puppet is a process that has loaded the library and does what it is told: puppet.c.
type puppet struct {
	t      testing.TB
	cmd    *exec.Cmd
	in     io.WriteCloser
	lines  chan line
	held   []line // came while something else was waited for
	calls  int
	killed bool          // by kill
	ended  chan struct{} // closed when its output has

	mu      sync.Mutex
	answers map[int]int // how many callbacks each call has had
}

// line is one line that a puppet prints; what it does not have is nil or zero.
type line struct {
	Return    *int            `json:"return"` // the call's id
	Result    int             `json:"result"`
	Buffer    *string         `json:"buffer"`
	Callback  *int            `json:"callback"` // the call's id
	MessageID *int            `json:"message_id"`
	Code      int             `json:"code"`
	Desc      *string         `json:"desc"`
	JSON      *string         `json:"json"`
	Event     string          `json:"event"`
	Args      json.RawMessage `json:"args"`
	UserData  int             `json:"user_data"`
	Init      *int            `json:"init"`
	Uninit    *int            `json:"uninit"`
	Pump      *int            `json:"pump"`
	Mode      *int            `json:"mode"`
	Status    *int            `json:"status"`
	Time      int64           `json:"time"`
	User      *string         `json:"user"`
	Version   string          `json:"version"`
}

// puppetProgram compiles the puppet once, against the built library.
var puppetProgram = struct {
	sync.Once
	path string
}{}

// startPuppet starts one; it is ended with the test. env is added to the environment.
func startPuppet(t testing.TB, env ...string) *puppet {
	t.Helper()
	return startPuppetTo(t, io.Discard, os.Stderr, env...)
}

// startPuppetTo is startPuppet with a copy of what the process prints.
func startPuppetTo(t testing.TB, stdout io.Writer, stderr *os.File, env ...string) *puppet {
	t.Helper()
	lib := libraryFolder(t)
	puppetProgram.Do(func() {
		dir, err := os.MkdirTemp("", "puppet")
		require.NoError(t, err)
		puppetProgram.path = compileTo(t, dir+"/puppet", append(sanitized, "-L"+lib, "-Wl,-rpath,"+lib),
			"puppet.c", "zz_puppet.c", "-lImSDK")
	})
	return startPuppetOf(t, puppetProgram.path, stdout, stderr, env...)
}

// startPuppetOf is startPuppetTo for a puppet that was compiled in another way.
func startPuppetOf(t testing.TB, program string, stdout io.Writer, stderr *os.File, env ...string) *puppet {
	t.Helper()
	p := &puppet{t: t, cmd: chosen.command(context.Background(), program), lines: make(chan line, 4096), answers: map[int]int{},
		ended: make(chan struct{})}
	p.cmd.Env = append(append(os.Environ(), "HOME="+t.TempDir(), "XDG_DATA_HOME=", "ASAN_OPTIONS=detect_leaks=0"), env...)
	p.cmd.Stderr = stderr
	var err error
	p.in, err = p.cmd.StdinPipe()
	require.NoError(t, err)
	out, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, p.cmd.Start())
	go p.read(io.TeeReader(out, stdout), p.ended)
	t.Cleanup(func() {
		p.in.Close()
		<-p.ended
		if err := p.cmd.Wait(); err != nil && !p.killed && !t.Failed() {
			t.Errorf("the puppet ended with %v", err)
		}
	})
	return p
}

func (p *puppet) read(out io.Reader, done chan struct{}) {
	defer close(done)
	defer close(p.lines)
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 64<<20) // an event may be as long as many messages
	lines.Split(wholeLines)
	for lines.Scan() {
		var l line
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			p.t.Errorf("the puppet printed %q: %v", lines.Text(), err)
			return
		}
		if l.Callback != nil {
			p.mu.Lock()
			p.answers[*l.Callback]++
			p.mu.Unlock()
		}
		p.lines <- l
	}
}

// wholeLines splits into lines that have their end. What comes last may have none: the
// process ended while its callback thread was printing.
func wholeLines(data []byte, atEOF bool) (advance int, line []byte, err error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i], nil
	}
	if atEOF {
		return len(data), nil, nil
	}
	return 0, nil, nil
}

// kill ends the process as a crash does, and waits for its end.
func (p *puppet) kill() {
	p.t.Helper()
	p.killed = true
	require.NoError(p.t, p.cmd.Process.Kill())
	<-p.ended
}

// answered returns how many callbacks a call has had by now.
func (p *puppet) answered(id int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.answers[id]
}

func (p *puppet) send(words ...any) {
	p.t.Helper()
	text := make([]string, len(words))
	for i, w := range words {
		text[i] = fmt.Sprint(w)
	}
	_, err := fmt.Fprintln(p.in, strings.Join(text, "\t"))
	require.NoError(p.t, err)
}

// next returns the first line that is wanted, and keeps the others for later.
func (p *puppet) next(what string, wanted func(line) bool) line {
	p.t.Helper()
	for i, l := range p.held {
		if wanted(l) {
			p.held = append(p.held[:i:i], p.held[i+1:]...)
			return l
		}
	}
	timeout := time.After(60 * time.Second) // generous: nothing here is about time
	for {
		select {
		case l, ok := <-p.lines:
			require.True(p.t, ok, "the puppet ended before %s; it said %+v", what, p.held)
			if wanted(l) {
				return l
			}
			p.held = append(p.held, l)
		case <-timeout:
			require.Fail(p.t, "no "+what, "it said %+v", p.held)
		}
	}
}

// An arg of a call: null, text, number or buffer.
type arg string

const (
	null   arg = "-"
	buffer arg = "&"
)

func text(s string) arg  { return arg("=" + hex.EncodeToString([]byte(s))) }
func number(n int64) arg { return arg(fmt.Sprintf("#%d", n)) }

// call calls a function with a callback, and returns its id and result.
func (p *puppet) call(name string, args ...arg) (id int, l line) {
	p.t.Helper()
	p.calls++
	id = p.calls
	words := []any{"call", id, name, 1}
	for _, a := range args {
		words = append(words, a)
	}
	p.send(words...)
	return id, p.next(name+"'s return", func(l line) bool { return l.Return != nil && *l.Return == id })
}

// answer waits for the callback of a call.
func (p *puppet) answer(id int) line {
	p.t.Helper()
	return p.next(fmt.Sprintf("callback of call %d", id), func(l line) bool { return l.Callback != nil && *l.Callback == id })
}

// do calls a function that must be accepted, and waits for its answer.
func (p *puppet) do(name string, args ...arg) line {
	p.t.Helper()
	id, l := p.call(name, args...)
	require.Zero(p.t, l.Result, "%s%v", name, args)
	return p.answer(id)
}

func (p *puppet) init(app uint64, config string) {
	p.t.Helper()
	p.send("init", app, text(config))
	l := p.next("TIMInit's return", func(l line) bool { return l.Init != nil })
	require.Zero(p.t, *l.Init, "TIMInit")
}

func (p *puppet) uninit() {
	p.t.Helper()
	p.send("uninit")
	l := p.next("TIMUninit's return", func(l line) bool { return l.Uninit != nil })
	require.Zero(p.t, *l.Uninit, "TIMUninit")
}

func (p *puppet) pump() int {
	p.t.Helper()
	p.send("pump", 0)
	return *p.next("TIMXPump's return", func(l line) bool { return l.Pump != nil }).Pump
}

// get returns what the getters say.
func (p *puppet) get() line {
	p.t.Helper()
	p.send("get")
	return p.next("the getters", func(l line) bool { return l.Status != nil })
}

// listen sets a callback; its events bear the setter's name.
func (p *puppet) listen(setters ...string) {
	p.t.Helper()
	for _, s := range setters {
		p.send("listen", s, 1)
	}
}

// event waits for an event and returns its arguments as JSON.
func (p *puppet) event(setter string) string {
	p.t.Helper()
	return string(p.next(setter, func(l line) bool { return l.Event == setter }).Args)
}

// eventWith waits for an event whose arguments hold part.
func (p *puppet) eventWith(setter, part string) string {
	p.t.Helper()
	l := p.next(setter+" with "+part, func(l line) bool { return l.Event == setter && strings.Contains(string(l.Args), part) })
	return string(l.Args)
}

// heard says whether an event has come by now and was not waited for.
func (p *puppet) heard(setter string) bool {
	for _, l := range p.held {
		if l.Event == setter {
			return true
		}
	}
	return false
}
