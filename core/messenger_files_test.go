package core

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// startIn logs ann in with her files in a folder.
func startIn(t *testing.T, server *chatServer, folder string) (*Client, *fakeGame) {
	c, game := newIn(t, server, folder)
	game.since()
	game.chats = true
	return c, game
}

// newIn is startIn with all that the game hears meanwhile.
func newIn(t *testing.T, server *chatServer, folder string) (*Client, *fakeGame) {
	game := &fakeGame{}
	// No log files: their writer leaves a goroutine behind.
	config := fmt.Sprintf(`{"sdk_config_config_file_path":%q,"sdk_config_log_file_path":"/dev/null/none"}`, folder)
	c, err := New(Options{AppID: 1, SDKVersion: "8.6.1", ServerURLEnv: "wss://server.example", ConfigJSON: config,
		Settings: NewSettings(NewLogFiles()), Dialer: server.dial}, game)
	require.NoError(t, err)
	c.Login(server.user, "a1", game.done("login"))
	synctest.Wait()
	return c, game
}

// cacheIn is the file with ann's messages.
func cacheIn(folder string) string {
	return filepath.Join(folder, "banter-messages-1-mfxg4.db")
}

func TestWhatWasSeenIsThereAfterARestart(t *testing.T) {
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, game := startIn(t, server, folder)
		server.sends("bob", "ann", "1")
		server.set(func() { server.refuse = 20012 })
		says(c, game, "bob", "refused", "ann-1-7")
		server.set(func() { server.refuse, server.deaf = 0, true })
		says(c, game, "bob", "unanswered", "ann-1-8")
		c.Close()

		server.set(func() { server.deaf, server.down = false, timerr.New(timerr.SDKNetConnRefuse) })
		c, game = startIn(t, server, folder)
		c.Conversations(game.short("list"))
		c.History(1, "bob", `{}`, game.short("history"))
		synctest.Wait()
		assert.Equal(t, []string{"list: 0 bob[ann:unanswered(3) 1]", "history: 0 ann:unanswered(3), ann:refused(3), bob:1"}, game.since(),
			"without a server too")
		server.set(func() { server.down = nil })
		time.Sleep(time.Minute)
		assert.NotContains(t, strings.Join(game.since(), "; "), "new ", "nothing is told again")
		c.History(1, "bob", `{}`, game.short("history"))
		synctest.Wait()
		assert.Equal(t, []string{"history: 0 ann:unanswered, ann:refused(3), bob:1"}, game.since(), "the server had it")
		c.Close()
	})
}

func TestASecondClientKeepsMessagesInMemory(t *testing.T) {
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		first, game := startIn(t, server, folder)
		server.sends("bob", "ann", "1")
		assert.Contains(t, game.since(), "new bob:1")
		second, other := startIn(t, server, folder)
		server.sends("bob", "ann", "2")
		assert.Contains(t, other.since(), "new bob:2")
		second.Close()
		first.Close()
		info, err := os.Stat(cacheIn(folder))
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	})
}

func TestAFileThatIsOfNoUseCostsNoMessage(t *testing.T) {
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, _ := startIn(t, server, folder)
		server.sends("bob", "ann", "1")
		c.Close()
		require.NoError(t, os.WriteFile(cacheIn(folder), []byte("spoilt"), 0o600))
		c, game := startIn(t, server, folder)
		c.History(1, "bob", `{"msg_getmsglist_param_is_ramble":true}`, game.short("history"))
		synctest.Wait()
		assert.Contains(t, game.since(), "history: 0 bob:1")
		assert.Contains(t, strings.Join(game.lines, ""), "set aside")
		c.Close()
	})
}

func TestAFolderThatCannotBeWrittenCostsNoMessage(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "a file")
	require.NoError(t, os.WriteFile(folder, nil, 0o600))
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, game := startIn(t, server, folder)
		server.sends("bob", "ann", "1")
		assert.Contains(t, game.since(), "new bob:1")
		c.Close()
	})
}

// A cache whose file goes bad under it is a device with a bad memory, not a deaf one.
func TestMessagesArriveWhenTheCacheFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, game := startChatting(t, server)
		defer c.Close()
		server.sends("bob", "ann", "1")
		game.since()
		m := c.messenger
		m.enqueue(func() { assert.NoError(t, m.cache.Close()) })
		server.sends("bob", "ann", "2")
		says(c, game, "bob", "3", "ann-1-7")
		heard := strings.Join(game.since(), "; ")
		assert.Contains(t, heard, "new bob:2; update bob[bob:2 2]; total 2")
		assert.Contains(t, heard, "sent: 0 ann:3")
	})
}

func TestTheMessengerFollowsTheLogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		game := &fakeGame{chats: true}
		c := newClient(t, server.fakeServer, game)
		defer c.Close()
		c.Conversations(game.short("list"))
		synctest.Wait()
		assert.Contains(t, game.since(), "list: 6014 ", "nobody is logged in")

		server.set(func() { server.fakeServer.answer = func(l *fakeLink, r wire.Request) {} })
		c.Login("ann", "a1", game.done("login"))
		c.Conversations(game.short("list"))
		says(c, game, "bob", "early", "")
		assert.ElementsMatch(t, []string{"sent: 6014 ", "list: 0 "}, game.since(), "the login is in flight")
		c.Logout(game.done("logout"))
		synctest.Wait()
		server.set(func() { server.fakeServer.answer = server.answer })
		c.Login("ann", "a2", game.done("login"))
		synctest.Wait()
		server.set(func() { server.deaf = true })
		says(c, game, "bob", "unanswered", "ann-1-7")
		game.since()
		c.Logout(game.done("logout"))
		synctest.Wait()
		assert.Contains(t, game.since(), "sent: 6014 ", "what is pending ends with the login")
		c.Login("ann", "a3", game.done("login"))
		synctest.Wait()
		game.since()
		says(c, game, "bob", "pending", "ann-1-8")
		c.Close()
		assert.Contains(t, game.since(), "sent: 7009 ", "and with the client")
	})
}

// A session may come back every minute, each time with a new token: what is to be done when that ends does not gather.
func TestOneTokenIsRenewedHoweverManyLoginsBroughtOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		next := server.fakeServer.answer
		var given, renewed atomic.Int64
		access := func(life time.Duration) wire.FileAccess {
			return wire.FileAccess{Token: fmt.Sprint("token-", given.Add(1)), ExpiresAt: time.Now().Add(life).Unix()}
		}
		server.fakeServer.answer = func(l *fakeLink, r wire.Request) {
			switch r.Cmd {
			case wire.CmdLogin, wire.CmdResume:
				granted := access(2 * time.Hour)
				l.answer(r, wire.Session{SessionID: "5e55", Number: 7, ServerTimeMS: time.Now().UnixMilli(),
					FilesToken: granted.Token, FilesExpiresAt: granted.ExpiresAt})
			case wire.CmdFiles:
				renewed.Add(1)
				l.answer(r, access(4*time.Hour))
			default:
				next(l, r)
			}
		}
		c, _ := startChatting(t, server)
		defer c.Close()
		for i := range 100 {
			c.Login("ann", fmt.Sprint("b", i), func(err error, _ string) { assert.NoError(t, err) })
			time.Sleep(time.Minute)
		}
		assert.EqualValues(t, 101, given.Load())
		assert.Zero(t, renewed.Load(), "none of them had become old")
		timers := make(chan int, 1)
		assert.NoError(t, c.post(func() {
			m := c.messenger
			m.enqueue(func() { timers <- len(m.timers) })
		}))
		assert.Equal(t, 1, <-timers)
		time.Sleep(90 * time.Minute)
		assert.EqualValues(t, 1, renewed.Load(), "three quarters of its time after the last login")
		time.Sleep(3 * time.Hour)
		assert.EqualValues(t, 2, renewed.Load(), "and so on")
	})
}
