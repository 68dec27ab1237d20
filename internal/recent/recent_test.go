package recent_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/banter-im/banter/internal/recent"
)

func TestAListForgetsWhatWasNamedLongestAgo(t *testing.T) {
	l := recent.New(3)
	for _, name := range []string{"ann", "bob", "cid"} {
		assert.Empty(t, l.Add(name))
	}
	assert.Empty(t, l.Add("ann"), "it is there, and now the newest")
	assert.Equal(t, []string{"bob", "cid", "ann"}, l.Names())
	assert.Equal(t, "bob", l.Add("dan"))
	assert.Equal(t, []string{"cid", "ann", "dan"}, l.Names())
	assert.True(t, l.Remove("ann"))
	assert.False(t, l.Remove("ann"))
	assert.False(t, l.Has("ann"))
	assert.True(t, l.Has("dan"))
	assert.Empty(t, l.Add("eve"), "there is room again")
	assert.Equal(t, []string{"cid", "dan", "eve"}, l.Names())
}
