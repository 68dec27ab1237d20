package chat

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/wire"
)

func TestABusEventIsWrittenAsItsTypeSays(t *testing.T) {
	for name, e := range map[string]busEvent{
		"whole":   {"node <1>", "message", json.RawMessage(`{"a":"b c"}`)},
		"no body": {Node: "n", Event: wire.EventSync},
		"empty":   {},
	} {
		want, err := json.Marshal(e)
		require.NoError(t, err)
		got, err := wire.Encode(e)
		require.NoError(t, err)
		assert.Equal(t, string(want), string(got), name)
	}
}
