package core

import (
	"encoding/json"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// counted is a server that writes down which attempts came, in the order of their coming,
// and whose they were.
type counted struct {
	fakeServer
	came []string
	runs map[string]bool
}

func newCounted(t *testing.T, answer func(*fakeLink, wire.Request)) *counted {
	s := &counted{runs: map[string]bool{}}
	s.answer = func(l *fakeLink, r wire.Request) {
		if r.Cmd == wire.CmdLogin || r.Cmd == wire.CmdResume {
			var said wire.Login // a resume says the same of its attempt
			assert.NoError(t, json.Unmarshal(r.Body, &said))
			s.came = append(s.came, fmt.Sprint(r.Cmd, " ", said.Attempt))
			s.runs[said.Run] = true
		}
		answer(l, r)
	}
	return s
}

// heard returns the attempts since the last call, which were all of one run.
func (s *counted) heard(t *testing.T) (came []string, run string) {
	t.Helper()
	s.set(func() {
		came, s.came = s.came, nil
		require.Len(t, s.runs, 1)
		for run = range s.runs {
			assert.Regexp(t, `^[0-9a-f]{32}$`, run)
		}
	})
	return came, run
}

func TestEveryLoginAndResumeIsAnAttemptAfterTheLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		game := &fakeGame{}
		lossy := true
		s := newCounted(t, func(l *fakeLink, r wire.Request) {
			if lossy {
				lossy = false
				l.cut(lost) // in place of the answer
				return
			}
			good(l, r)
		})
		c := newClient(t, &s.fakeServer, game)
		defer c.Close()
		c.Login("ann", "a1", game.done("login"))
		time.Sleep(time.Minute)
		came, _ := s.heard(t)
		assert.Equal(t, []string{"login 1", "login 2"}, came, "one whose answer was lost, and its retry")

		c.Login("ann", "a2", game.done("renew"))
		synctest.Wait()
		s.set(func() { lossy = true })
		s.link.cut(lost)
		time.Sleep(time.Minute)
		came, _ = s.heard(t)
		assert.Equal(t, []string{"login 3", "resume 4", "resume 5"}, came)

		c.Logout(game.done("logout"))
		c.Login("bob", "b1", game.done("bob"))
		time.Sleep(time.Minute)
		came, _ = s.heard(t)
		assert.Equal(t, []string{"login 6"}, came, "whoever logs in")
	})
}

func TestALoginInPlaceOfAResumeIsTheNextAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		game := &fakeGame{}
		s := newCounted(t, func(l *fakeLink, r wire.Request) {
			if r.Cmd == wire.CmdResume {
				l.refuse(r, timerr.SDKNotLoggedIn)
				return
			}
			good(l, r)
		})
		c := newClient(t, &s.fakeServer, game)
		defer c.Close()
		c.Login("ann", "a1", game.done("login"))
		synctest.Wait()
		s.link.cut(lost)
		time.Sleep(time.Minute)
		came, _ := s.heard(t)
		assert.Equal(t, []string{"login 1", "resume 2", "login 3"}, came)
	})
}

func TestEachClientIsARunOfItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		runs := map[string]bool{}
		for range 2 {
			game := &fakeGame{}
			s := newCounted(t, good)
			c := newClient(t, &s.fakeServer, game)
			c.Login("ann", "a1", game.done("login"))
			synctest.Wait()
			came, run := s.heard(t)
			assert.Equal(t, []string{"login 1"}, came)
			runs[run] = true
			c.Close()
		}
		assert.Len(t, runs, 2)
	})
}
