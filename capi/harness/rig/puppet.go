package rig

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
)

// Puppet is a process that has loaded the library and does what it is told: puppet.c. Its
// methods may be called from any goroutine, but not by what hears it.
type Puppet struct {
	cmd   *exec.Cmd
	ended chan struct{} // closed when its output has
	hear  func(Line)

	mu      sync.Mutex
	in      io.Writer
	calls   int
	returns map[int]chan Line
	answers map[int]*answer
	told    chan Line // what answers init
	wrongs  []string
}

// answer is what waits for a call's callback.
type answer struct {
	name  string
	done  func(Line)
	count int
}

// Line is one line that a puppet prints; what it does not have is nil or zero.
type Line struct {
	Return   *int              `json:"return"` // the call's id
	Result   int               `json:"result"`
	Buffer   *string           `json:"buffer"`
	Callback *int              `json:"callback"` // the call's id
	Code     int               `json:"code"`
	Desc     string            `json:"desc"`
	JSON     string            `json:"json"`
	Event    string            `json:"event"` // the name of its setter
	Args     []json.RawMessage `json:"args"`
	Init     *int              `json:"init"`
}

// CompilePuppet compiles the puppet against the product in the folder built.
func CompilePuppet(built, folder string) (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	program, lib, harness := filepath.Join(folder, "puppet"), filepath.Join(built, "lib"), filepath.Join(root, "capi/harness")
	out, err := exec.Command("gcc", "-std=gnu11", "-O1", "-g", "-Wall", "-Werror", "-I"+filepath.Join(built, "include"), "-o", program,
		filepath.Join(harness, "puppet.c"), filepath.Join(harness, "zz_puppet.c"), "-L"+lib, "-Wl,-rpath,"+lib, "-lImSDK", "-lpthread").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("gcc: %w\n%s", err, out)
	}
	return program, nil
}

// StartPuppet starts one whose home is a folder. Hear is told its events, in their order.
func StartPuppet(program, home string, hear func(Line)) (*Puppet, error) {
	p := &Puppet{cmd: exec.Command(program), ended: make(chan struct{}), hear: hear,
		returns: map[int]chan Line{}, answers: map[int]*answer{}, told: make(chan Line, 1)}
	p.cmd.Env = append(os.Environ(), "HOME="+home, "XDG_DATA_HOME=")
	p.cmd.Stderr = os.Stderr
	in, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.in = in
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go p.read(out)
	return p, nil
}

func (p *Puppet) read(out io.Reader) {
	defer close(p.ended)
	lines := bufio.NewReader(out)
	for {
		text, err := lines.ReadBytes('\n')
		if err != nil {
			return // what has no end was being printed when the process ended
		}
		var l Line
		if err := json.Unmarshal(text, &l); err != nil {
			p.wrong("the puppet printed %q: %v", text, err)
			continue
		}
		p.take(l)
	}
}

func (p *Puppet) take(l Line) {
	switch {
	case l.Return != nil:
		p.mu.Lock()
		returned := p.returns[*l.Return]
		delete(p.returns, *l.Return)
		p.mu.Unlock()
		returned <- l
	case l.Callback != nil:
		p.mu.Lock()
		a := p.answers[*l.Callback]
		a.count++
		count := a.count
		p.mu.Unlock()
		if count > 1 {
			p.wrong("%s was answered %d times", a.name, count)
		} else {
			a.done(l)
		}
	case l.Init != nil:
		p.told <- l
	case l.Event != "":
		p.hear(l)
	}
}

func (p *Puppet) wrong(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wrongs = append(p.wrongs, fmt.Sprintf(format, args...))
}

// Wrongs returns what must not have been, such as a call that was answered twice.
func (p *Puppet) Wrongs() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.wrongs...)
}

// Unanswered returns the names of the calls whose callbacks have not come.
func (p *Puppet) Unanswered() (names []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, a := range p.answers {
		if a.count == 0 {
			names = append(names, a.name)
		}
	}
	return names
}

// An Arg of a call is a text, a number, NULL or a buffer of 128 bytes.
type Arg string

// NullArg and BufferArg are those without a value.
const (
	NullArg   Arg = "-"
	BufferArg Arg = "&"
)

// TextArg returns a text as an argument.
func TextArg(s string) Arg { return Arg("=" + hex.EncodeToString([]byte(s))) }

// NumberArg returns a number as an argument.
func NumberArg(n int64) Arg { return Arg(fmt.Sprint("#", n)) }

func (p *Puppet) send(words ...string) {
	fmt.Fprintln(p.in, strings.Join(words, "\t")) // one that has ended is found by what waits for it
}

// Call calls a function and returns what it returns. Done gets its callback, before or after.
func (p *Puppet) Call(name string, done func(Line), args ...Arg) (Line, error) {
	words := []string{"call", "", name, "1"}
	for _, a := range args {
		words = append(words, string(a))
	}
	returned := make(chan Line, 1)
	p.mu.Lock()
	p.calls++
	id := p.calls
	words[1] = fmt.Sprint(id)
	p.returns[id], p.answers[id] = returned, &answer{name: name, done: done}
	p.send(words...)
	p.mu.Unlock()
	select {
	case l := <-returned:
		if l.Result != 0 { // there is no callback then
			p.mu.Lock()
			delete(p.answers, id)
			p.mu.Unlock()
		}
		return l, nil
	case <-p.ended:
		return Line{}, fmt.Errorf("%s: the process has ended", name)
	}
}

// Listen sets callbacks, by the names of their setters.
func (p *Puppet) Listen(setters ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range setters {
		p.send("listen", s, "1")
	}
}

// Init calls TIMInit.
func (p *Puppet) Init(app uint64, config string) error {
	p.mu.Lock()
	p.send("init", fmt.Sprint(app), string(TextArg(config)))
	p.mu.Unlock()
	select {
	case l := <-p.told:
		if *l.Init != 0 {
			return fmt.Errorf("TIMInit: %d", *l.Init)
		}
		return nil
	case <-p.ended:
		return fmt.Errorf("TIMInit: the process has ended")
	}
}

// Ended is closed when the process has ended.
func (p *Puppet) Ended() <-chan struct{} { return p.ended }

// Kill ends the process as a crash does. When it returns, nothing is heard any more.
func (p *Puppet) Kill() {
	p.cmd.Process.Signal(syscall.SIGKILL)
	<-p.ended
	p.cmd.Wait()
}
