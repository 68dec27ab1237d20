package storetest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/server/chat"
)

var mergerTests = []test{
	{"a merger is read by its key, in its app", testMergers},
}

func testMergers(t *testing.T, store chat.Store) {
	kept := chat.Merger{App: app, Key: "k1", Owner: "ann", Layers: 3, Body: []byte(`[{"a":"\u0000 龙 <"}]`), At: start}
	require.NoError(t, store.KeepMerger(t.Context(), kept))
	got, err := store.Merger(t.Context(), app, "k1")
	require.NoError(t, err)
	got.At = got.At.UTC()
	assert.Equal(t, kept, got)
	_, err = store.Merger(t.Context(), app+1, "k1")
	assert.ErrorIs(t, err, chat.ErrNoMerger, "the key is another app's")
	_, err = store.Merger(t.Context(), app, "k2")
	assert.ErrorIs(t, err, chat.ErrNoMerger)
	kept.Owner = "bob"
	assert.Error(t, store.KeepMerger(t.Context(), kept), "what is kept under a key stays")
}
