package talk

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/banter-im/banter/capi/harness/rig"
)

const (
	onMessages = "TIMAddRecvNewMsgCallback"
	onRevoked  = "TIMSetMsgRevokeCallback"
	onModified = "TIMSetMsgUpdateCallback"
	onChats    = "TIMSetConvEventCallback"
)

// The values of message_status.
const (
	sending  = 1
	failed   = 3
	recalled = 6
)

// heard is a message as the library gives it.
type heard struct {
	Elements []struct {
		Text string `json:"text_elem_content"`
	} `json:"message_elem_array"`
	ConvID  string `json:"message_conv_id"`
	Sender  string `json:"message_sender"`
	Status  int    `json:"message_status"`
	Seq     uint64 `json:"message_seq"`
	Rand    uint64 `json:"message_rand"`
	Pos     uint64 `json:"message_unique_id"`
	Version uint64 `json:"message_version"`
	// Of a locator, which tells of a recall:
	RecalledSeq  uint64 `json:"message_locator_seq"`
	RecalledRand uint64 `json:"message_locator_rand"`

	raw json.RawMessage // all of it
}

func (h heard) key() string { return fmt.Sprintf("%d_%d", h.Seq, h.Rand) }

func (h heard) text() string {
	if len(h.Elements) == 0 || h.Status == recalled {
		return ""
	}
	return h.Elements[0].Text
}

func (h heard) seen() Seen {
	return Seen{Key: h.key(), From: h.Sender, Text: h.text(), Recalled: h.Status == recalled}
}

// messagesOf reads a JSON array of messages.
func messagesOf(text string) ([]heard, error) {
	var raws []json.RawMessage
	if err := json.Unmarshal([]byte(text), &raws); err != nil {
		return nil, err
	}
	list := make([]heard, len(raws))
	for i, raw := range raws {
		if err := json.Unmarshal(raw, &list[i]); err != nil {
			return nil, err
		}
		list[i].raw = raw
	}
	return list, nil
}

// device is a folder of a user's, the process with the library that runs in it, and what
// that has told by callbacks. All but the process outlives a kill.
type device struct {
	run      *run
	name     string
	user     string
	platform string
	folder   string
	links    []*rig.Proxy // one to each node, the preferred one first

	life   sync.RWMutex // held to write while the process is being killed and started
	puppet *rig.Puppet

	mu       sync.Mutex
	since    int64 // what was sent later, it must be told of
	told     map[string]bool
	places   map[string]uint64 // of the last message that it was told of, by peer
	revoked  map[string]bool
	versions map[string]uint64 // that it was told of, by message
	recent   []heard           // what a game could act on
	failures []heard
	own      map[*Message]bool // sent here
}

func (r *run) addDevice(user, platform string, links []*rig.Proxy) *device {
	d := &device{run: r, name: user + "-" + platform, user: user, platform: platform, folder: r.t.TempDir(), links: links,
		told: map[string]bool{}, places: map[string]uint64{}, revoked: map[string]bool{}, versions: map[string]uint64{},
		own: map[*Message]bool{}}
	r.devices = append(r.devices, d)
	return d
}

// start starts the process and logs in.
func (d *device) start() error {
	p, err := rig.StartPuppet(d.run.program, d.folder, d.hear)
	if err != nil {
		return err
	}
	d.puppet = p
	p.Listen(onMessages, onRevoked, onModified, onChats)
	if l := d.do("callExperimentalAPI", rig.TextArg(d.addresses())); l.Code != 0 {
		return fmt.Errorf("%s: naming the servers: %+v", d.name, l)
	}
	if err := p.Init(appID, fmt.Sprintf(`{"sdk_config_config_file_path":%q,"sdk_config_platform":%q}`, d.folder, d.platform)); err != nil {
		return fmt.Errorf("%s: %w", d.name, err)
	}
	for deadline := time.Now().Add(3 * patience); ; {
		l := d.do("TIMLogin", rig.TextArg(d.user), rig.TextArg(d.run.ticket(d.user)))
		if l.Code == 0 {
			return nil
		}
		d.run.figures.Count("codes", fmt.Sprint("TIMLogin ", l.Code))
		if time.Now().After(deadline) {
			return fmt.Errorf("%s cannot log in: %d %s", d.name, l.Code, l.Desc)
		}
	}
}

// addresses is what a game says to name its servers.
func (d *device) addresses() string {
	var list []map[string]any
	for _, link := range d.links {
		host, port, _ := net.SplitHostPort(link.Address())
		number, _ := strconv.Atoi(port)
		list = append(list, map[string]any{"server_address_ip": host, "server_address_port": number})
	}
	return jsonOf(map[string]any{
		"request_internal_operation":           "internal_operation_set_custom_server_info",
		"request_set_custom_server_info_param": map[string]any{"longconnection_address_array": list},
	})
}

func jsonOf(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// crash kills the process and starts another.
func (d *device) crash() error {
	d.life.Lock()
	defer d.life.Unlock()
	d.run.trace("%s is killed", d.name)
	d.end()
	return d.start()
}

// end kills the process. What it had not told by now, the next one must.
func (d *device) end() {
	d.puppet.Kill()
	for _, what := range d.puppet.Wrongs() {
		d.run.wrong("%s: %s", d.name, what)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.since = d.run.model.Now()
	d.failures = nil // their objects went with the game
}

// gone is the code of a call that was not answered since its process was killed.
const gone = -1

// call calls a function. Done gets its answer, unless the process is killed before.
func (d *device) call(name string, done func(rig.Line), args ...rig.Arg) rig.Line {
	d.run.figures.Count("calls", name)
	number := d.run.traceCall(d.name, name, args)
	l, err := d.puppet.Call(name, func(l rig.Line) {
		d.run.trace("%s: answer %d: %d %s %s", d.name, number, l.Code, l.Desc, l.JSON)
		d.run.figures.Count("codes", fmt.Sprint(name, " ", l.Code))
		done(l)
	}, args...)
	if err == nil && l.Result != 0 {
		d.run.wrong("%s: %s returned %d", d.name, name, l.Result)
	}
	return l
}

// do is call, and waits for the answer.
func (d *device) do(name string, args ...rig.Arg) rig.Line {
	answered := make(chan rig.Line, 1)
	d.call(name, func(l rig.Line) { answered <- l }, args...)
	select {
	case l := <-answered:
		return l
	case <-d.puppet.Ended():
		return rig.Line{Code: gone}
	case <-time.After(3 * patience):
		d.run.wrong("%s: %s was not answered", d.name, name)
		return rig.Line{Code: gone}
	}
}

// hear takes an event.
func (d *device) hear(l rig.Line) {
	d.run.trace("%s: %s %s", d.name, l.Event, l.Args)
	if l.Event == onChats {
		return
	}
	var text string
	err := json.Unmarshal(l.Args[0], &text)
	var list []heard
	if err == nil {
		list, err = messagesOf(text)
	}
	if err != nil {
		d.run.wrong("%s: %s with %s: %v", d.name, l.Event, l.Args, err)
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, h := range list {
		switch l.Event {
		case onMessages:
			d.hearMessage(h)
		case onModified:
			d.hearModified(h)
		case onRevoked:
			d.hearRevoked(h)
		}
	}
}

// hearMessage checks that a message comes once, and in its turn.
func (d *device) hearMessage(h heard) {
	d.run.figures.Count("told", "messages")
	if d.told[h.key()] {
		d.run.wrong("%s was told of %q twice", d.name, h.text())
	}
	d.told[h.key()] = true
	if one := d.run.model.Find(h.key(), h.text()); one != nil {
		d.run.model.Named(one, h.key()) // REST may have got no answer
	} else if h.Status != recalled {
		d.run.wrong("%s was told of %s, which nobody sent", d.name, h.raw)
	}
	if before := d.places[h.ConvID]; h.Pos <= before {
		d.run.wrong("%s was told of place %d of %s after place %d", d.name, h.Pos, h.ConvID, before)
	}
	d.places[h.ConvID] = h.Pos
	d.remember(h)
}

func (d *device) hearModified(h heard) {
	d.run.figures.Count("told", "modifications")
	if before := d.versions[h.key()]; h.Version <= before {
		d.run.wrong("%s was told of version %d of %q after version %d", d.name, h.Version, h.text(), before)
	}
	d.versions[h.key()] = h.Version
	d.remember(h)
}

func (d *device) hearRevoked(h heard) {
	d.run.figures.Count("told", "recalls")
	key := fmt.Sprintf("%d_%d", h.RecalledSeq, h.RecalledRand)
	if d.revoked[key] {
		d.run.wrong("%s was told twice that %s was recalled", d.name, key)
	}
	d.revoked[key] = true
}

// remember keeps the newest objects of messages.
func (d *device) remember(h heard) {
	for i, one := range d.recent {
		if one.key() == h.key() {
			d.recent[i] = h
			return
		}
	}
	if d.recent = append(d.recent, h); len(d.recent) > 40 {
		d.recent = d.recent[1:]
	}
}

// traceCall traces a call, and returns by which number its answer is found.
func (r *run) traceCall(who, name string, args []rig.Arg) int {
	if r.log == nil {
		return 0
	}
	r.mu.Lock()
	r.traced++
	number := r.traced
	r.mu.Unlock()
	var texts []string
	for _, arg := range args {
		text := string(arg)
		if raw, err := hex.DecodeString(strings.TrimPrefix(text, "=")); err == nil {
			text = string(raw)
		}
		texts = append(texts, text)
	}
	r.trace("%s: call %d: %s %q", who, number, name, texts)
	return number
}
