package suite

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// What a host's machine runs out of: the game goes on, and messages that the server has
// acknowledged are there later.

// limitFiles has the process open so many files at most.
func (p *puppet) limitFiles(most int) {
	p.t.Helper()
	limit := unix.Rlimit{Cur: uint64(most), Max: 1 << 14}
	require.NoError(p.t, unix.Prlimit(p.cmd.Process.Pid, unix.RLIMIT_NOFILE, &limit, nil))
}

// limitWith is the limit that leaves so many files to open: the lowest numbers are given out first.
func (p *puppet) limitWith(spare int) (limit int) {
	p.t.Helper()
	for ; spare >= 0; limit++ {
		if _, err := os.Lstat(fmt.Sprintf("/proc/%d/fd/%d", p.cmd.Process.Pid, limit)); err != nil {
			spare--
		}
	}
	return limit - 1
}

// Whatever the library cannot open, the process lives, and once it may open files again
// the login that was waiting succeeds and messages go.
func TestAHostWithTooFewFiles(t *testing.T) {
	s := startServer(t)
	s.chatter(t, "bob", "linux", t.TempDir())
	for spare := range 14 {
		t.Run(fmt.Sprint(spare, " to spare"), func(t *testing.T) {
			user := fmt.Sprint("ann", spare)
			p := startPuppet(t)
			p.listen(onNetwork)
			p.do("TIMSetConfig", text("{}")) // it has opened what it needs to run
			p.limitFiles(p.limitWith(spare))
			if p.initResult(s.AppID, text(s.config(""))) != 0 {
				t.Log("TIMInit is refused")
				assert.Less(t, spare, 6, "what it wants at least")
				assert.Equal(t, 6013, p.do("TIMLogout").Code)
				p.limitFiles(1 << 12)
				p.init(s.AppID, s.config(""))
			}
			login, l := p.call("TIMLogin", text(user), text(s.ticket(user)))
			require.Zero(t, l.Result)
			first := p.next("a network event that is more than an attempt", func(l line) bool {
				return l.Event == onNetwork && !bytes.HasPrefix(l.Args, []byte("[2,"))
			})
			t.Logf("%s", first.Args)
			p.limitFiles(1 << 12)
			answer := p.answer(login)
			require.Zero(t, answer.Code, *answer.Desc)
			p.writes("bob", "hello")
			assert.Equal(t, []string{"hello"}, p.history("bob", wholeHistory))
			p.uninit()
		})
	}
	t.Run("while logged in", func(t *testing.T) {
		p := s.client("")
		p.login("carl", s.ticket("carl"), 0)
		p.limitFiles(3)
		s.stop(unix.SIGKILL)
		p.eventWith(onNetwork, "[1,")
		s.start()
		p.writesLater("bob", "meanwhile", func() { p.limitFiles(1 << 12) })
		p.checkOnline("carl")
	})
}

// writesLater sends a text that waits until something is done, and is then sent.
func (p *puppet) writesLater(to, words string, do func()) {
	p.t.Helper()
	id, l := p.call("TIMMsgSendMessage", text(to), number(1), textMessage(words), buffer)
	require.Zero(p.t, l.Result)
	do()
	answer := p.answer(id)
	require.Zero(p.t, answer.Code, *answer.Desc)
}

// disk is a small one of the test's own.
type disk struct {
	t      *testing.T
	folder string
}

func newDisk(t *testing.T, size string) disk {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("a disk of its own needs root")
	}
	d := disk{t, t.TempDir()}
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size="+size, "banter-test", d.folder).CombinedOutput(); err != nil {
		t.Skipf("this machine mounts nothing: %v %s", err, out)
	}
	t.Cleanup(func() { assert.NoError(t, unix.Unmount(d.folder, unix.MNT_DETACH)) })
	return d
}

// fill leaves so many bytes free.
func (d disk) fill(free uint64) {
	d.t.Helper()
	var now unix.Statfs_t
	require.NoError(d.t, unix.Statfs(d.folder, &now))
	if have := now.Bavail * uint64(now.Bsize); have > free {
		require.NoError(d.t, os.WriteFile(filepath.Join(d.folder, "filler"), make([]byte, have-free), 0o600))
	}
}

func (d disk) clear() { require.NoError(d.t, os.Remove(filepath.Join(d.folder, "filler"))) }

func (d disk) readOnly() {
	d.t.Helper()
	require.NoError(d.t, unix.Mount("", d.folder, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""))
}

// sends sends ten messages of some length, more than a small disk has room for.
func (p *puppet) sends(to, what string) (sent []string) {
	p.t.Helper()
	for i := range 10 {
		words := fmt.Sprint(what, " ", i, " ")
		p.writes(to, words+strings.Repeat("x", 3000))
		sent = append([]string{words}, sent...)
	}
	return sent
}

// has are the texts of a conversation without what makes them long.
func (p *puppet) has(with, param string) (texts []string) {
	p.t.Helper()
	for _, words := range p.history(with, param) {
		texts = append(texts, strings.TrimRight(words, "x"))
	}
	return texts
}

func TestAFullDisk(t *testing.T) {
	s := startServer(t)
	s.chatter(t, "bob", "linux", t.TempDir())
	for _, free := range []uint64{0, 4 << 10, 8 << 10, 16 << 10, 40 << 10, 80 << 10, 160 << 10} {
		for _, when := range []string{"before TIMInit", "while logged in"} {
			t.Run(fmt.Sprint(free, " bytes free ", when), func(t *testing.T) {
				d := newDisk(t, "16m")
				user := fmt.Sprint("ann-", free, when[:1])
				folder := filepath.Join(d.folder, "game")
				var sent []string
				if when == "before TIMInit" {
					d.fill(free)
				}
				p := s.chatter(t, user, "linux", folder)
				if when != "before TIMInit" {
					sent = p.sends("bob", "early")
					d.fill(free)
				}
				sent = append(p.sends("bob", "full"), sent...)
				assert.Equal(t, sent, p.has("bob", wholeHistory), "with the disk full")
				p.uninit()
				d.clear()

				again := s.chatter(t, user, "linux", folder)
				assert.Equal(t, sent, again.has("bob", wholeHistory), "with room again")
				sent = append(again.sends("bob", "late"), sent...)
				assert.Equal(t, sent, again.has("bob", onlyHere), "on this device")
			})
		}
	}
}

func TestADiskThatCannotBeWritten(t *testing.T) {
	s := startServer(t)
	s.chatter(t, "bob", "linux", t.TempDir())
	d := newDisk(t, "16m")
	p := s.chatter(t, "ann", "linux", d.folder)
	sent := p.sends("bob", "early")
	p.uninit()
	d.readOnly()

	p = startPuppet(t)
	p.listen(onLog, onChats)
	p.init(s.AppID, fmt.Sprintf(`{"sdk_config_server_url":%q,"sdk_config_config_file_path":%q}`, s.URL, d.folder))
	p.eventWith(onLog, "read-only")
	p.login("ann", s.ticket("ann"), 0)
	p.caughtUp()
	sent = append(p.sends("bob", "late"), sent...)
	assert.Equal(t, sent, p.has("bob", wholeHistory))
}

func TestAFolderThatVanishes(t *testing.T) {
	s := startServer(t)
	s.chatter(t, "bob", "linux", t.TempDir())
	folder := filepath.Join(t.TempDir(), "game")
	p := s.chatter(t, "ann", "linux", folder)
	sent := p.sends("bob", "early")
	require.NoError(t, os.RemoveAll(folder))
	sent = append(p.sends("bob", "late"), sent...)
	assert.Equal(t, sent, p.has("bob", wholeHistory))
	p.uninit()
	again := s.chatter(t, "ann", "linux", folder)
	assert.Equal(t, sent, again.has("bob", wholeHistory))
	again.writes("bob", "last")
	assert.Len(t, again.has("bob", onlyHere), len(sent)+1)
}
