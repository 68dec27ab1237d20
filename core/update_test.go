package core

import (
	"errors"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/core/cache"
)

// An answer to a message and the message that it brings are one commit: half of it would be a
// message that stands nowhere.
func TestAnUpdateInAnotherIsMadeWithItOrNotAtAll(t *testing.T) {
	opened, _, err := cache.Open(filepath.Join(t.TempDir(), "cache"))
	require.NoError(t, err)
	defer opened.Close()
	m := &messenger{client: &Client{log: slog.New(slog.DiscardHandler)}, cache: opened}
	putTwo := func(first uint64, inner, outer error) {
		m.update(func() error {
			require.NoError(t, opened.PutMessage(1, cache.Message{Place: cache.Place{Pos: first}, Body: []byte("{}")}))
			m.update(func() error {
				require.NoError(t, opened.PutMessage(1, cache.Message{Place: cache.Place{Pos: first + 1}, Body: []byte("{}")}))
				return inner
			})
			return outer
		})
	}
	kept := func(pos uint64) bool {
		_, found, err := opened.At(1, cache.Place{Pos: pos})
		require.NoError(t, err)
		return found
	}
	failure := errors.New("it failed")
	putTwo(1, failure, nil)
	putTwo(3, nil, failure)
	assert.Panics(t, func() {
		m.update(func() error {
			putTwo(5, nil, nil)
			panic("in an update")
		})
	})
	putTwo(7, nil, nil) // the failures before it are not its own
	for pos := range uint64(6) {
		assert.False(t, kept(1+pos), 1+pos)
	}
	assert.True(t, kept(7))
	assert.True(t, kept(8))
}
