package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/server/chat"
)

var muteTests = []test{
	{"a mute is kept until it ends, for each kind of conversation", testMute},
}

func testMute(t *testing.T, store chat.Store) {
	muted := func(want chat.Mute) {
		t.Helper()
		mute, err := store.Mute(t.Context(), app, "ann")
		require.NoError(t, err)
		assert.Equal(t, want, mute)
	}
	muted(chat.Mute{})
	hour, never := after(3600), time.Time{}
	require.NoError(t, store.SetMute(t.Context(), app, "ann", &hour, nil))
	muted(chat.Mute{C2C: hour})
	require.NoError(t, store.SetMute(t.Context(), app, "ann", nil, &chat.Forever))
	muted(chat.Mute{C2C: hour, Group: chat.Forever})
	require.NoError(t, store.SetMute(t.Context(), app, "ann", &chat.Forever, &never))
	muted(chat.Mute{C2C: chat.Forever})
	mute, err := store.Mute(t.Context(), app+1, "ann")
	require.NoError(t, err)
	assert.Zero(t, mute, "of another app")
}
