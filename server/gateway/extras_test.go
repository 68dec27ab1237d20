package gateway

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
)

func (d *domain) SetExtensions(_ *chat.Attachment, asked wire.ExtensionsWrite) ([]wire.ExtensionResult, error) {
	return []wire.ExtensionResult{{Info: "set", Item: asked.Extensions[0]}}, d.refusal
}

func (d *domain) DeleteExtensions(_ *chat.Attachment, asked wire.ExtensionsWrite) ([]wire.ExtensionResult, error) {
	return []wire.ExtensionResult{{Info: "deleted", Item: asked.Extensions[0]}}, d.refusal
}

func (d *domain) Extensions(_ *chat.Attachment, asked wire.MessageRef) (wire.ExtensionsList, error) {
	return wire.ExtensionsList{Seq: asked.Pos}, d.refusal
}

func (d *domain) AddReaction(*chat.Attachment, wire.ReactionRef) error { return d.refusal }

func (d *domain) RemoveReaction(*chat.Attachment, wire.ReactionRef) error {
	return timerr.New(timerr.SvrMsgReactionNotExists)
}

func (d *domain) Reactions(_ *chat.Attachment, asked wire.ReactionsQuery) ([]wire.MessageReactions, error) {
	return []wire.MessageReactions{{Pos: asked.Positions[0]}}, d.refusal
}

func (d *domain) ReactionUsers(_ *chat.Attachment, asked wire.ReactionUsersQuery) (wire.ReactionUsers, error) {
	return wire.ReactionUsers{NextSeq: uint64(asked.Count)}, d.refusal
}

func TestExtensionAndReactionCommandsAreAnsweredByTheDomain(t *testing.T) {
	c := start(t, newDomain(), Config{}).online()
	for _, tt := range []struct{ name, cmd, body, want string }{
		{"extensions are set", wire.CmdSetExtensions, `{"extensions":[{"message_extension_key":"k"}]}`,
			`[{"message_extension_result_code":0,"message_extension_result_info":"set","message_extension_item":{"message_extension_key":"k","message_extension_value":""}}]`},
		{"extensions are deleted", wire.CmdDeleteExtensions, `{"extensions":[{"message_extension_key":"k"}]}`,
			`[{"message_extension_result_code":0,"message_extension_result_info":"deleted","message_extension_item":{"message_extension_key":"k","message_extension_value":""}}]`},
		{"extensions are read", wire.CmdGetExtensions, `{"pos":4}`, `{"extensions":null,"seq":4}`},
		{"reactions are read", wire.CmdGetReactions, `{"positions":[5]}`, `[{"pos":5,"reactions":null}]`},
		{"users of a reaction are read", wire.CmdGetReactionUsers, `{"count":6}`, `{"users":null,"next_seq":6,"is_finished":false}`},
	} {
		frame := c.call(tt.cmd, json.RawMessage(tt.body))
		require.Zero(t, frame.Code, tt.name)
		assert.JSONEq(t, tt.want, string(frame.Body), tt.name)
		assert.Equal(t, timerr.SvrAccountInvalidParameters, c.call(tt.cmd, json.RawMessage(`[7]`)).Code, tt.name)
	}
	added := c.call(wire.CmdAddReaction, json.RawMessage(`{"reaction_id":"x"}`))
	assert.Zero(t, added.Code)
	assert.Empty(t, added.Body)
	assert.Equal(t, timerr.SvrMsgReactionNotExists, c.call(wire.CmdRemoveReaction, json.RawMessage(`{"reaction_id":"x"}`)).Code)
}
