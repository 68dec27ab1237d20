package chat_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/server/chat"
	"github.com/banter-im/banter/server/session"
)

// bothApps are two games with one key, which no token may be carried between.
func bothApps(cfg *chat.Config, _ *chat.Store, _ *chat.Bus) {
	cfg.Apps = []chat.App{{ID: app, Key: key}, {ID: app + 1, Key: key}}
}

func TestATokenForFilesIsGoodOnEveryNodeUntilItExpires(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		a, b := in.node("a", bothApps), in.node("b", bothApps)
		_, held, answer := in.login(a, "ann")
		assert.Equal(t, time.Now().Add(2*time.Hour).Unix(), answer.FilesExpiresAt)
		gotApp, user, err := b.FileUser(answer.FilesToken)
		require.NoError(t, err)
		assert.Equal(t, uint64(app), gotApp)
		assert.Equal(t, "ann", user)

		time.Sleep(time.Until(time.Unix(answer.FilesExpiresAt, 0)))
		_, _, err = b.FileUser(answer.FilesToken)
		require.NoError(t, err, "the last second")
		time.Sleep(time.Second)
		_, _, err = b.FileUser(answer.FilesToken)
		assert.Equal(t, timerr.FileTransAuthFailed, timerr.CodeOf(err))
		assert.Contains(t, timerr.DescOf(err), "expired 1 s ago")

		fresh, err := a.FileAccess(held, struct{}{})
		require.NoError(t, err)
		_, user, err = b.FileUser(fresh.Token)
		require.NoError(t, err)
		assert.Equal(t, "ann", user)
	})
}

func TestAResumeBringsATokenForFilesToo(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		s := in.node("a")
		_, held, answer := in.login(s, "ann")
		s.LinkLost(held, false)
		_, again, err := s.Resume((&link{}).peer(session.Android, "ann's"), resume("ann", answer))
		require.NoError(t, err)
		_, user, err := s.FileUser(again.FilesToken)
		require.NoError(t, err)
		assert.Equal(t, "ann", user)
	})
}

func TestATokenForFilesThatWasTouchedIsRefused(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		s := in.node("a", bothApps)
		_, _, answer := in.login(s, "ann")
		good, err := base64.RawURLEncoding.DecodeString(answer.FilesToken)
		require.NoError(t, err)
		for i := range good {
			changed := append([]byte(nil), good...)
			changed[i] ^= 1 // another app's, another second's, another user's
			_, _, err := s.FileUser(base64.RawURLEncoding.EncodeToString(changed))
			assert.Equal(t, timerr.FileTransAuthFailed, timerr.CodeOf(err), "byte %d", i)
		}
		for _, token := range []string{"", "x", answer.FilesToken + "A", answer.FilesToken[:40], strings.Repeat("A", 1<<20)} {
			_, _, err := s.FileUser(token)
			assert.Equal(t, timerr.FileTransAuthFailed, timerr.CodeOf(err))
		}
	})
}

func TestAChangedKeyEndsTokensForFilesAndNewOnesAreGood(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		s := in.node("a")
		_, held, answer := in.login(s, "ann")
		require.NoError(t, s.SetApps([]chat.App{{ID: app, Key: []byte("another")}}))
		_, _, err := s.FileUser(answer.FilesToken)
		assert.Equal(t, timerr.FileTransAuthFailed, timerr.CodeOf(err))
		fresh, err := s.FileAccess(held, struct{}{})
		require.NoError(t, err)
		_, user, err := s.FileUser(fresh.Token)
		require.NoError(t, err)
		assert.Equal(t, "ann", user)
	})
}
