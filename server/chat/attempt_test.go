package chat_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
	"github.com/banter-im/banter/server/session"
)

// slowStore lets openings through when gate is closed.
type slowStore struct {
	chat.Store
	gate chan struct{}
}

func (s slowStore) OpenSession(ctx context.Context, o chat.Opening) (chat.Opened, error) {
	<-s.gate
	return s.Store.OpenSession(context.WithoutCancel(ctx), o)
}

// slow makes a node whose openings wait for gate.
func slow(gate chan struct{}) nodeOption {
	return func(_ *chat.Config, store *chat.Store, _ *chat.Bus) { *store = slowStore{*store, gate} }
}

var run = strings.Repeat("5e", 16)

// loginAs is a login of ann as the given attempt of a run, and resumeAs a resume.
func loginAs(attempt int64) wire.Login {
	l := login("ann")
	l.Run, l.Attempt = run, attempt
	return l
}

func resumeAs(attempt int64, s wire.Session) wire.Resume {
	r := resume("ann", s)
	r.Run, r.Attempt = run, attempt
	return r
}

// home is the link of ann's PC, which all attempts of these tests come from.
func home() (*link, chat.Peer) {
	l := &link{}
	return l, l.peer(session.Linux, "pc")
}

func TestALoginDoneLateDoesNotKickItsOwnClient(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		gate := make(chan struct{})
		stuck, other := in.node("stuck", slow(gate)), in.node("other")
		late := make(chan error)
		go func() {
			_, peer := home()
			_, _, err := stuck.Login(peer, loginAs(1))
			late <- err
		}()
		synctest.Wait()
		here, peer := home()
		_, mine, err := other.Login(peer, loginAs(2))
		require.NoError(t, err)

		close(gate)
		err = <-late
		assert.Equal(t, timerr.SvrAccountInternalError, timerr.CodeOf(err), "it may be tried again")
		pass(5)
		assert.False(t, here.kicked())
		assert.Zero(t, stuck.Online())
		_, peer = home()
		_, _, err = other.Resume(peer, resumeAs(3, mine))
		assert.NoError(t, err)
	})
}

func TestAResumeDoneLateLeavesTheSessionWhereItIs(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		gate := make(chan struct{})
		stuck, other := in.node("stuck", slow(gate)), in.node("other")
		_, peer := home()
		_, mine, err := other.Login(peer, loginAs(1))
		require.NoError(t, err)
		late := make(chan error)
		go func() {
			_, peer := home()
			_, _, err := stuck.Resume(peer, resumeAs(2, mine))
			late <- err
		}()
		synctest.Wait()
		here, peer := home()
		_, mine, err = other.Resume(peer, resumeAs(3, mine))
		require.NoError(t, err)
		pc := &link{}
		_, _, err = other.Login(pc.peer(session.Windows, "another"), login("ann"))
		require.NoError(t, err)

		close(gate)
		err = <-late
		assert.Equal(t, timerr.SvrAccountInternalError, timerr.CodeOf(err), "nobody reads of a kick there")
		assert.NotErrorAs(t, err, new(*chat.KickedError))
		pass(5)
		assert.True(t, here.kicked())
		assert.False(t, pc.kicked())
	})
}

func TestAResumeWhoseAnswerWasLostIsTakenAgain(t *testing.T) {
	tests := []struct {
		name    string
		visitor session.Platform
		kicked  bool
	}{
		{"a device that came in between stays", session.Web, false},
		{"and one that took the place keeps it", session.Windows, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, in *installation) {
				a, b := in.node("a"), in.node("b")
				_, peer := home()
				first, told, err := a.Login(peer, loginAs(1))
				require.NoError(t, err)
				a.LinkLost(first, false)
				unheard, peer := home() // its link breaks before the answer is read
				_, _, err = a.Resume(peer, resumeAs(2, told))
				require.NoError(t, err)
				visitor := &link{}
				_, _, err = b.Login(visitor.peer(tt.visitor, "visitor"), login("ann"))
				require.NoError(t, err)

				_, peer = home()
				_, again, err := b.Resume(peer, resumeAs(3, told))
				synctest.Wait()
				assert.False(t, visitor.kicked())
				assert.Equal(t, tt.kicked, unheard.kicked())
				if tt.kicked {
					assert.ErrorAs(t, err, new(*chat.KickedError))
					return
				}
				require.NoError(t, err)
				assert.Equal(t, told.SessionID, again.SessionID)
				assert.Equal(t, []string{wire.CloseSuperseded}, unheard.closings())
			})
		})
	}
}

func TestAnAttemptIsChecked(t *testing.T) {
	tests := []struct {
		name    string
		run     string
		attempt int64
		desc    string
	}{
		{"a run alone", run, 0, "attempt is 0, the first is 1"},
		{"an attempt alone", "", 1, "run is not 32 lower-case hex digits"},
		{"a negative attempt", run, -1, "attempt is -1, the first is 1"},
		{"a short run", run[2:], 1, "run is not 32 lower-case hex digits"},
		{"a long run", run + "00", 1, "run is not 32 lower-case hex digits"},
		{"capitals", strings.ToUpper(run), 1, "run is not 32 lower-case hex digits"},
		{"a NUL", run[:31] + "\x00", 1, "run is not 32 lower-case hex digits"},
	}
	inBubble(t, func(t *testing.T, in *installation) {
		s := in.node("a")
		_, _, mine := in.login(s, "ann")
		for _, tt := range tests {
			l, r := loginAs(tt.attempt), resumeAs(tt.attempt, mine)
			l.Run, r.Run = tt.run, tt.run
			_, peer := home()
			_, _, err := s.Login(peer, l)
			assert.Equal(t, timerr.SvrAccountInvalidParameters, timerr.CodeOf(err), tt.name)
			assert.Equal(t, "login: "+tt.desc, timerr.DescOf(err), tt.name)
			_, _, err = s.Resume(peer, r)
			assert.Equal(t, timerr.SvrAccountInvalidParameters, timerr.CodeOf(err), tt.name)
			assert.Equal(t, "resume: "+tt.desc, timerr.DescOf(err), tt.name)
		}
	})
}
