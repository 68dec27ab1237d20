package chat_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/element"
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// merged is the message of one element.
func merged(element string) wire.Merger {
	return wire.Merger{Messages: []json.RawMessage{json.RawMessage(`{"message_elem_array":[` + element + `]}`)}}
}

func mergerOf(key string) string {
	return fmt.Sprintf(`{"elem_type":12,"merge_elem_title":"t","merge_elem_compatible_text":"c","merge_elem_relay_json_key":%q}`, key)
}

func TestAMergerIsKeptUnderAKey(t *testing.T) {
	talk(t, func(ann, _, bob *player) {
		long := merged(`{"elem_type":0,"text_elem_content":"` + strings.Repeat("龙", 20_000) + `"}`)
		key := asks(ann, ann.s.UploadMerger, long)
		assert.Regexp(t, "^[0-9a-f]{32}$", key.Key)
		assert.NotEqual(t, key, asks(ann, ann.s.UploadMerger, long))
		assert.Equal(t, long, asks(bob, bob.s.DownloadMerger, key), "from another node, by another user who has the key")
		_, err := bob.s.DownloadMerger(bob.held, wire.MergerKey{Key: strings.Repeat("0", 32)})
		assert.ErrorIs(t, err, timerr.New(timerr.InvalidParameters))
	})
}

func TestMergersThatAreRefused(t *testing.T) {
	talk(t, func(ann, _, _ *player) {
		for name, tt := range map[string]struct {
			merger wire.Merger
			code   timerr.Code
			desc   string
		}{
			"nothing":           {wire.Merger{}, timerr.InvalidParameters, "merge_elem_message_array"},
			"a bad message":     {merged(`{"elem_type":0}`), timerr.InvalidParameters, "merge_elem_message_array[0].message_elem_array[0].text_elem_content"},
			"a key of nothing":  {merged(mergerOf("no")), timerr.InvalidParameters, "merge_elem_relay_json_key"},
			"more than 1 MB":    {merged(`{"elem_type":0,"text_elem_content":"` + strings.Repeat("x", 1<<20) + `"}`), timerr.SDKNetPkgSizeLimit, "at most 1048576"},
			"signs that escape": {merged(`{"elem_type":0,"text_elem_content":"` + strings.Repeat("<", 1<<18) + `"}`), timerr.SDKNetPkgSizeLimit, "at most 1048576"},
		} {
			_, err := ann.s.UploadMerger(ann.held, tt.merger)
			assert.ErrorIs(t, err, timerr.New(tt.code), name)
			assert.Contains(t, timerr.DescOf(err), tt.desc, name)
		}
	})
}

// Each of many mergers holds the key of the one before: their layers count together.
func TestLayersBehindKeysCount(t *testing.T) {
	talk(t, func(ann, _, _ *player) {
		content := `{"elem_type":0,"text_elem_content":"deep"}`
		for range element.MaxLayers {
			content = mergerOf(asks(ann, ann.s.UploadMerger, merged(content)).Key)
		}
		_, err := ann.s.UploadMerger(ann.held, merged(content))
		require.ErrorIs(t, err, timerr.New(timerr.MergerMsgLayersOverLimit))
		assert.Contains(t, timerr.DescOf(err), "101 layers")
	})
}
