package suite

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// dayPlayers, as in day.c, live an hour each in one process, which is shorter than a real one.
const dayPlayers = 24

// pace is how much happens in an hour.
type pace struct {
	reconnects int
	heartbeats int // of each player, between two reconnects
	messages   int // of two players, who write for all, between two reconnects
	renewals   int // of each player, in the end
}

// maxGrownKiB is what the process may grow by in the second hour, with garbage of two dozen clients
// that comes and goes. 48 reconnects, 48 heartbeats and 40 messages: a leak of 80 KiB in each of them is more.
// In the hours from the third to the last it may grow by half as much, by 11,000 renewals too: a leak of 150 bytes is more.
const (
	maxGrownKiB      = 3072
	maxGrownInDayKiB = 1536
)

// TestMemoryStaysFlatWhileLinksComeAndGo plays as much before it looks: what the first use of
// everything takes is not what grows.
func TestMemoryStaysFlatWhileLinksComeAndGo(t *testing.T) {
	t.Parallel()
	p := pace{reconnects: 2, heartbeats: 1, messages: 20, renewals: 1}
	d := startDay(t, startNode(t, "", "[limits]\nping_after = '1s'\nreconnect_spread = '100ms'"))
	d.hour(p)
	before, did := d.holds(), d.did
	d.hour(p)
	after := d.holds()
	t.Logf("%d heartbeats, %d reconnects, %d renewals, %d messages, after as many: memory %d KiB, then %d KiB",
		d.did.heartbeats-did.heartbeats, d.did.reconnects-did.reconnects, d.did.renewals-did.renewals, d.did.messages-did.messages,
		before.kib, after.kib)
	t.Logf("open files %d, then %d; threads %d, then %d", before.files, after.files, before.threads, after.threads)
	assert.Equal(t, before.files, after.files, "open files")
	assert.LessOrEqual(t, after.threads, before.threads+2, "threads")
	assert.LessOrEqual(t, after.kib, before.kib+maxGrownKiB, "KiB")
}

// TestMemoryStaysFlatOverADay goes on for 24 hours of each of two dozen players: what leaks a little shows then.
// Two of them write, whose caches keep up to 512 KiB of their files' pages each. Before the first hour these write
// much at once, so that these fill then, and not all day long.
func TestMemoryStaysFlatOverADay(t *testing.T) {
	if os.Getenv("BANTER_LONG") == "" {
		t.Skip("a day takes ten minutes and more: set BANTER_LONG; TestMemoryStaysFlatWhileLinksComeAndGo plays two hours of it")
	}
	t.Parallel()
	d := startDay(t, startNode(t, "", "[limits]\nping_after = '1s'\nreconnect_spread = '100ms'"))
	for range 3 {
		d.talk(200)
	}
	var hours []round
	for hour := range 24 {
		d.hour(pace{reconnects: 2, heartbeats: 2, messages: 20, renewals: 20})
		hours = append(hours, d.holds())
		t.Logf("hour %d: memory %d KiB, open files %d, threads %d", hour+1, hours[hour].kib, hours[hour].files, hours[hour].threads)
	}
	t.Logf("%d heartbeats, %d reconnects, %d renewals, %d messages", d.did.heartbeats, d.did.reconnects, d.did.renewals, d.did.messages)
	first, last := hours[1], hours[len(hours)-1] // in the hour before it everything is used for the first time
	assert.Equal(t, first.files, last.files, "open files")
	assert.LessOrEqual(t, last.threads, first.threads+2, "threads")
	assert.LessOrEqual(t, last.kib, first.kib+maxGrownInDayKiB, "KiB")
}

// day is a process that lives through one, and what it has done.
type day struct {
	t       *testing.T
	server  *server
	network *proxy
	beats   atomic.Int64 // that the network has carried
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	did     struct{ heartbeats, reconnects, renewals, messages int }
}

func startDay(t *testing.T, s *server) *day {
	t.Helper()
	d := &day{t: t, server: s}
	d.network = startProxy(t, s.URL, d.carry)
	d.cmd = exec.Command(linked(t, "day", product(t)+"/lib", "-O2"), "ws://"+d.network.address(), fmt.Sprint(s.AppID), t.TempDir())
	d.cmd.Stderr = os.Stderr
	var err error
	d.in, err = d.cmd.StdinPipe()
	require.NoError(t, err)
	out, err := d.cmd.StdoutPipe()
	require.NoError(t, err)
	d.out = bufio.NewReader(out)
	require.NoError(t, d.cmd.Start())
	t.Cleanup(func() {
		d.in.Close()
		assert.NoError(t, d.cmd.Wait())
	})
	d.renew()
	return d
}

// carry is a handshake that carries the whole connection, and counts what the client
// writes after a silence: while it is asked for nothing, these are its heartbeats.
func (d *day) carry(client net.Conn) (string, error) {
	server, err := net.Dial("tcp", d.server.URL)
	if err != nil {
		return "", err
	}
	defer server.Close()
	go func() {
		io.Copy(client, server)
		client.Close()
	}()
	piece, last := make([]byte, 64<<10), time.Now()
	for {
		n, err := client.Read(piece)
		if err != nil {
			return "", err
		}
		if time.Since(last) > 900*time.Millisecond {
			d.beats.Add(1)
		}
		last = time.Now()
		server.Write(piece[:n])
	}
}

// ask tells the process a line, and returns its answer.
func (d *day) ask(words ...any) (value int) {
	d.t.Helper()
	fmt.Fprintln(d.in, words...)
	_, err := fmt.Fscanln(d.out, &value)
	require.NoError(d.t, err, words[0]) // others may be a ticket
	return value
}

// hour is one of each player.
func (d *day) hour(p pace) {
	for range p.reconnects {
		d.talk(p.messages)
		d.rest(p.heartbeats)
		d.reconnect()
	}
	for range p.renewals {
		d.renew()
	}
}

func dayPlayer(player int) string { return fmt.Sprintf("player%d", player) }

// talk has two players write to each other: with more, what grows would be their caches.
func (d *day) talk(messages int) {
	d.t.Helper()
	for i := range 2 {
		require.Zero(d.t, d.ask("say", i, dayPlayer(1-i), messages/2))
	}
	d.did.messages += messages
	d.waitFor("messages", func() bool { return d.ask("heard") >= d.did.messages })
}

// rest waits for heartbeats.
func (d *day) rest(heartbeats int) {
	d.t.Helper()
	before, want := d.beats.Load(), dayPlayers*heartbeats
	d.waitFor("heartbeats", func() bool { return int(d.beats.Load()-before) >= want })
	d.did.heartbeats += want
}

func (d *day) reconnect() {
	d.t.Helper()
	lost, back := d.ask("lost"), d.ask("back")
	d.network.cut()
	d.waitFor("lost links", func() bool { return d.ask("lost") >= lost+dayPlayers })
	d.network.mend()
	d.waitFor("new links", func() bool { return d.ask("back") >= back+dayPlayers })
	d.did.reconnects += dayPlayers
}

// renew logs everybody in with a ticket that is not the one of before.
func (d *day) renew() {
	d.t.Helper()
	for i := range dayPlayers {
		life := time.Hour + time.Duration(d.did.renewals)*time.Second
		require.Zero(d.t, d.ask("login", i, dayPlayer(i), d.server.Ticket(dayPlayer(i), time.Now(), life)))
		d.did.renewals++
	}
}

func (d *day) waitFor(what string, came func() bool) {
	d.t.Helper()
	for end := time.Now().Add(2 * time.Minute); !came(); time.Sleep(50 * time.Millisecond) {
		require.True(d.t, time.Now().Before(end), what)
	}
}

// holds is what the process has when it is at rest: the least that is seen in a while.
func (d *day) holds() (least round) {
	d.t.Helper()
	folder := fmt.Sprintf("/proc/%d", d.cmd.Process.Pid)
	count := func(of string) int {
		entries, err := os.ReadDir(filepath.Join(folder, of))
		require.NoError(d.t, err)
		return len(entries)
	}
	for i := range 10 {
		now := round{count("fd"), count("task"), ownKiB(d.t, folder)}
		if i == 0 {
			least = now
		}
		least = round{min(least.files, now.files), min(least.threads, now.threads), min(least.kib, now.kib)}
		time.Sleep(200 * time.Millisecond)
	}
	return least
}

// ownKiB is the memory that is the process's own. The pages of files come and go, and the library gives its own back.
func ownKiB(t *testing.T, folder string) (kib int) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "smaps_rollup"))
	require.NoError(t, err)
	_, line, found := strings.Cut(string(text), "\nAnonymous:")
	require.True(t, found)
	_, err = fmt.Sscanf(line, "%d kB", &kib)
	require.NoError(t, err)
	return kib
}
