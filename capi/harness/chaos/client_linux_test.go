package chaos

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
	"time"
)

// client is a device: a folder, and the process with the library that runs in it.
type client struct {
	stage    *stage
	name     string
	index    int
	app      app
	platform string
	folder   string

	faulty sync.Mutex // held by the fault that it has

	mu      sync.Mutex
	process *process
	in      io.WriteCloser
	lastID  int
	calls   map[int]*call
	said    chan line // what answers a command at once
	user    string    // who is logged in, as far as the callbacks have told
	link    outages
	leaving bool // the process is being ended: its calls go unanswered
}

// process is a running program that ends with this one.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{} // closed when its output has, if somebody reads that
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// call is a call of the library. Its answer is read once.
type call struct {
	name     string
	accepted bool
	answers  int
	answer   chan int // its code; closed when the process was ended before
	done     func(code int)
}

// line is what the puppet prints.
type line struct {
	Return   *int            `json:"return"`
	Result   int             `json:"result"`
	Callback *int            `json:"callback"`
	Code     int             `json:"code"`
	Event    string          `json:"event"`
	Args     json.RawMessage `json:"args"`
	Init     *int            `json:"init"`
	Status   *int            `json:"status"`
	User     string          `json:"user"`
}

const (
	onNetwork = "TIMSetNetworkStatusListenerCallback"
	onKicked  = "TIMSetKickedOfflineCallback"
	onExpired = "TIMSetUserSigExpiredCallback"
	onNotice  = "TIMSetExperimentalNotifyCallback"
)

// answerWithin bounds the wait for an answer: a login has 30 s, and a process may be frozen
// meanwhile.
const answerWithin = 90 * time.Second

// start starts the client's process in the clients' namespace, and calls TIMInit.
func (c *client) start() error {
	cmd := c.stage.clientSide(c.stage.puppet)
	cmd.Env = append(os.Environ(), "HOME="+c.folder, "XDG_DATA_HOME=")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	c.mu.Lock()
	c.process, c.in = &process{cmd, make(chan struct{})}, in
	c.calls, c.said, c.user, c.leaving = map[int]*call{}, make(chan line, 4), "", false
	c.link.down = time.Time{}
	p := c.process
	c.mu.Unlock()
	go c.read(p, out)
	return c.init()
}

func (c *client) init() error {
	for _, setter := range []string{onNetwork, onKicked, onExpired, onNotice} {
		c.send("listen", setter, 1)
	}
	config := fmt.Sprintf(`{"sdk_config_config_file_path":%q,"sdk_config_platform":%q,"sdk_config_tls_ca_file":%q}`,
		c.folder, c.platform, c.stage.certificate.path)
	c.send("init", c.app.id, text(config))
	if l, ok := <-c.said; !ok || l.Init == nil || *l.Init != 0 {
		return fmt.Errorf("%s: TIMInit: %+v", c.name, l)
	}
	// Its answer also says that what TIMInit began is done.
	if code := c.do("callExperimentalAPI", c.stage.addressesOf(c)); code != 0 {
		return fmt.Errorf("%s: naming the servers: %d", c.name, code)
	}
	id, err := os.ReadFile(filepath.Join(c.folder, fmt.Sprint("banter-instance-", c.app.id)))
	c.stage.identify(c, strings.TrimSpace(string(id)))
	return err
}

func text(s string) string { return "=" + hex.EncodeToString([]byte(s)) }

// send gives the process a command.
func (c *client) send(words ...any) {
	all := make([]string, len(words))
	for i, word := range words {
		all[i] = fmt.Sprint(word)
	}
	fmt.Fprintln(c.in, strings.Join(all, "\t")) // one that has ended is found by what waits for it
}

// call calls a function with texts. Done is called when it is answered, before anybody who
// waits goes on.
func (c *client) call(name string, done func(code int), texts ...string) *call {
	made := &call{name: name, answer: make(chan int, 1), done: done}
	words := []any{"call", 0, name, 1}
	for _, t := range texts {
		words = append(words, text(t))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lastID++
	words[1] = c.lastID
	c.calls[c.lastID] = made
	c.send(words...)
	return made
}

// do is call, and waits for the answer's code.
func (c *client) do(name string, texts ...string) int {
	return c.await(c.call(name, nil, texts...))
}

// unanswered is the code of a call that had none.
const unanswered = -1

func (c *client) await(made *call) int {
	select {
	case code, ok := <-made.answer:
		if ok {
			return code
		}
	case <-time.After(answerWithin):
		c.stage.wrong("%s: %s was not answered within %v", c.name, made.name, answerWithin)
	}
	return unanswered
}

// pending returns the calls that wait for their answers.
func (c *client) pending() (names []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, made := range c.calls {
		if made.answers == 0 {
			names = append(names, made.name)
		}
	}
	return names
}

// loggedIn returns who is, as far as the callbacks have told.
func (c *client) loggedIn() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.user
}

// getters returns what TIMGetLoginStatus and TIMGetLoginUserID say.
func (c *client) getters() (status int, user string, err error) {
	c.send("get")
	select {
	case l, ok := <-c.said:
		if ok && l.Status != nil {
			return *l.Status, l.User, nil
		}
		return 0, "", fmt.Errorf("%s: the process has ended", c.name)
	case <-time.After(answerWithin):
		return 0, "", fmt.Errorf("%s: the getters did not return", c.name)
	}
}

// crash ends the process without a word, and starts another on the same folder.
func (c *client) crash() error {
	c.end()
	return c.start()
}

// end kills the process and waits for its end. Whoever waits for an answer has none.
func (c *client) end() {
	c.mu.Lock()
	p := c.process
	c.leaving = true
	c.mu.Unlock()
	if p == nil {
		return
	}
	p.cmd.Process.Signal(syscall.SIGKILL)
	<-p.ended
	p.cmd.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, made := range c.calls {
		if made.answers == 0 {
			close(made.answer)
		}
	}
	c.process, c.calls, c.user = nil, nil, ""
}

func (c *client) read(p *process, out io.Reader) {
	defer close(p.ended)
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var l line
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			c.stage.wrong("%s: the puppet printed %q: %v", c.name, lines.Text(), err)
			continue
		}
		c.hear(l)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	close(c.said)
	if !c.leaving {
		c.stage.wrong("%s: its process ended by itself", c.name)
	}
}
