package gateway

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
)

func (d *domain) FileAccess(*chat.Attachment, struct{}) (wire.FileAccess, error) {
	return wire.FileAccess{Token: "t", ExpiresAt: 9}, d.refusal
}

func TestATokenForFilesIsGivenAfterALogin(t *testing.T) {
	h := start(t, newDomain(), Config{})
	assert.Equal(t, timerr.SDKNotLoggedIn, h.greeted().call(wire.CmdFiles, nil).Code)
	answer := h.online().call(wire.CmdFiles, nil)
	assert.JSONEq(t, `{"files_token":"t","files_expires_at":9}`, string(answer.Body))
}
