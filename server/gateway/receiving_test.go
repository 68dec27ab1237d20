package gateway

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
)

func (d *domain) SetReceiveOption(_ *chat.Attachment, asked wire.ReceiveOption) ([]wire.Conversation, error) {
	return []wire.Conversation{{RecvOpt: asked.Option}}, d.refusal
}

func (d *domain) ReceiveOptions(_ *chat.Attachment, asked wire.UserIDs) ([]wire.UserReceiveOption, error) {
	return []wire.UserReceiveOption{{User: asked.Users[0], Option: 2}}, d.refusal
}

func (d *domain) SetAllReceive(_ *chat.Attachment, asked wire.AllReceiveOption) (wire.AllReceiveOption, error) {
	return asked, d.refusal
}

func (d *domain) AllReceive(*chat.Attachment) (wire.AllReceiveOption, error) {
	return wire.AllReceiveOption{Level: 3}, d.refusal
}

func TestReceiveCommandsAreAnsweredByTheDomain(t *testing.T) {
	c := start(t, newDomain(), Config{}).online()
	set := decode[[]wire.Conversation](t, c.call(wire.CmdSetReceiveOption, wire.ReceiveOption{Users: []string{"bob"}, Option: 1}))
	assert.Equal(t, 1, set[0].RecvOpt)
	options := decode[[]wire.UserReceiveOption](t, c.call(wire.CmdGetReceiveOptions, wire.UserIDs{Users: []string{"bob"}}))
	assert.Equal(t, []wire.UserReceiveOption{{User: "bob", Option: 2}}, options)
	all := wire.AllReceiveOption{Level: 2, Hour: 22, Duration: 3600}
	assert.Equal(t, all, decode[wire.AllReceiveOption](t, c.call(wire.CmdSetAllReceiveOption, all)))
	assert.Equal(t, 3, decode[wire.AllReceiveOption](t, c.call(wire.CmdGetAllReceiveOption, nil)).Level)
}
