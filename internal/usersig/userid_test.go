package usersig

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/banter-im/banter/internal/timerr"
)

func TestCheckUserID(t *testing.T) {
	for _, good := range []string{"a", " ", "~", "abcdefghijklmnopqrstuvwxyz012345"} {
		assert.NoError(t, CheckUserID(good), good)
	}
	for _, bad := range []string{"", "abcdefghijklmnopqrstuvwxyz0123456", "a\x1f", "\x7f", "é", "a\x00"} {
		err := CheckUserID(bad)
		assert.Equal(t, timerr.SDKCommInvalidIdentifier, timerr.CodeOf(err), bad)
		assert.Contains(t, timerr.DescOf(err), "user_id must be 1 to 32 bytes")
	}
}
