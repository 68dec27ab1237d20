package gateway

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
)

// does says what the domain was asked to do, in the result of one conversation.
func (d *domain) does(format string, args ...any) (wire.Sorted, error) {
	return wire.Sorted{Results: []wire.ConvResult{{ConvID: fmt.Sprintf(format, args...)}}}, d.refusal
}

func (d *domain) Conversation(_ *chat.Attachment, ref wire.ConvRef) (wire.Conversation, error) {
	return wire.Conversation{ConvID: ref.ConvID}, d.refusal
}

func (d *domain) DeleteConversations(_ *chat.Attachment, asked wire.ConvListDeletion) (wire.ConvListDeleted, error) {
	sorted, err := d.does("delete %v %v", asked.ConvIDs, asked.Messages)
	return wire.ConvListDeleted{Results: sorted.Results}, err
}

func (d *domain) MarkConversations(_ *chat.Attachment, asked wire.ConvMarking) (wire.Sorted, error) {
	return d.does("mark %v %d %v", asked.ConvIDs, asked.Mark, asked.Enable)
}

func (d *domain) SetCustomData(_ *chat.Attachment, asked wire.ConvCustomData) (wire.Sorted, error) {
	return d.does("data %v %s", asked.ConvIDs, asked.Data)
}

func (d *domain) CreateConvGroup(_ *chat.Attachment, asked wire.ConvGrouping) (wire.Sorted, error) {
	return d.does("create %s %v", asked.Name, asked.ConvIDs)
}

func (d *domain) DeleteConvGroup(_ *chat.Attachment, asked wire.ConvGrouping) (wire.Sorted, error) {
	return d.does("end %s", asked.Name)
}

func (d *domain) RenameConvGroup(_ *chat.Attachment, asked wire.ConvGroupRenaming) (wire.Sorted, error) {
	return d.does("rename %s %s", asked.OldName, asked.NewName)
}

func (d *domain) AddToConvGroup(_ *chat.Attachment, asked wire.ConvGrouping) (wire.Sorted, error) {
	return d.does("add %s %v", asked.Name, asked.ConvIDs)
}

func (d *domain) DeleteFromConvGroup(_ *chat.Attachment, asked wire.ConvGrouping) (wire.Sorted, error) {
	return d.does("take %s %v", asked.Name, asked.ConvIDs)
}

func TestCommandsThatSortAreAnsweredByTheDomain(t *testing.T) {
	c := start(t, newDomain(), Config{}).online()
	refusing := newDomain()
	refusing.refusal = timerr.New(timerr.SvrConvConvGroupNotExist)
	refused := start(t, refusing, Config{}).online()
	for _, tt := range []struct{ cmd, body, want string }{
		{wire.CmdMarkConversations, `{"conversation_id_array":["a"],"mark_type":9223372036854775808,"enable_mark":true}`, "mark [a] 9223372036854775808 true"},
		{wire.CmdSetCustomData, `{"conversation_id_array":["a"],"custom_data":"x"}`, "data [a] x"},
		{wire.CmdCreateConvGroup, `{"conversation_id_array":["a"],"group_name":"g"}`, "create g [a]"},
		{wire.CmdDeleteConvGroup, `{"group_name":"g"}`, "end g"},
		{wire.CmdRenameConvGroup, `{"old_name":"g","new_name":"h"}`, "rename g h"},
		{wire.CmdAddToConvGroup, `{"conversation_id_array":["a"],"group_name":"g"}`, "add g [a]"},
		{wire.CmdDeleteFromConvGroup, `{"conversation_id_array":["a"],"group_name":"g"}`, "take g [a]"},
		{wire.CmdDeleteConversations, `{"conversation_id_array":["a"],"clear_message":true}`, "delete [a] true"},
	} {
		frame := c.call(tt.cmd, json.RawMessage(tt.body))
		require.Zero(t, frame.Code, frame.Desc)
		assert.Equal(t, tt.want, decode[wire.Sorted](t, frame).Results[0].ConvID)
		assert.Equal(t, timerr.SvrAccountInvalidParameters, c.call(tt.cmd, json.RawMessage(`[7]`)).Code)
		assert.Equal(t, timerr.SvrConvConvGroupNotExist, refused.call(tt.cmd, json.RawMessage(tt.body)).Code)
	}
	frame := c.call(wire.CmdGetConversation, wire.ConvRef{ConvType: 1, ConvID: "bob"})
	assert.Equal(t, "bob", decode[wire.Conversation](t, frame).ConvID)
}
