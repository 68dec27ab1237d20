package admin

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/wire"
)

// sorts makes a call about conversations that must succeed.
func sorts[T any](b *backend, command, body string) T {
	b.t.Helper()
	answer := b.call("recentcontact/"+command, body)
	require.Zero(b.t, code(b.t, answer), answer)
	assert.Contains(b.t, answer, `"ErrorDisplay":""`)
	var parsed T
	require.NoError(b.t, json.Unmarshal([]byte(answer), &parsed))
	return parsed
}

// contacts is ann with so many conversations.
func contacts(t *testing.T, n int) *backend {
	b := players(t)
	for i := range n {
		user := fmt.Sprint("u", i)
		b.call("im_open_login_svc/account_import", fmt.Sprintf(`{"UserID":%q}`, user))
		does[sent](b, "sendmsg", fmt.Sprintf(`{"From_Account":%q,"To_Account":"ann","MsgRandom":%d,"MsgBody":%s}`, user, i+1, helloBody))
	}
	return b
}

func TestABackendReadsRecentConversationsInPages(t *testing.T) {
	b := contacts(t, 103)
	_, err := b.chat.PinConversation(b.held["ann linux"], wire.Pin{ConvType: 1, ConvID: "u7", IsPinned: true})
	require.NoError(t, err)
	first := sorts[recentList](b, "get_list", `{"From_Account":"ann","TimeStamp":0,"StartIndex":0,"TopTimeStamp":0,"TopStartIndex":0,"AssistFlags":7}`)
	require.Len(t, first.Items, 100)
	assert.Zero(t, first.Complete)
	assert.Equal(t, "u7", first.Items[0].To)
	assert.Equal(t, 1, first.Items[0].Top)
	assert.NotZero(t, first.Items[0].Time)
	second := sorts[recentList](b, "get_list", fmt.Sprintf(`{"From_Account":"ann","TimeStamp":%d,"StartIndex":%d,"TopTimeStamp":%d,"TopStartIndex":%d,"AssistFlags":7}`,
		first.Time, first.Start, first.TopTime, first.TopStart))
	assert.Equal(t, 1, second.Complete)
	seen := map[string]bool{}
	for _, item := range append(first.Items, second.Items...) {
		assert.False(t, seen[item.To], "%s comes once", item.To)
		seen[item.To] = true
	}
	assert.Len(t, seen, 103)

	sorts[displayed](b, "delete", `{"From_Account":"ann","Type":1,"To_Account":"u1"}`)
	assert.Len(t, b.history("ann", "u1"), 1, "its messages stay")
	sorts[displayed](b, "delete", `{"From_Account":"ann","Type":1,"To_Account":"u1","ClearRamble":1}`)
	assert.Empty(t, b.history("ann", "u1"))
	sorts[displayed](b, "delete", `{"From_Account":"ann","Type":1,"To_Account":"u2","ClearRamble":1}`)
	left := sorts[recentList](b, "get_list", `{"From_Account":"ann"}`)
	assert.Equal(t, 0, left.Complete)
	for _, item := range left.Items {
		assert.NotContains(t, []string{"u1", "u2"}, item.To)
	}
}

func TestABackendSortsConversations(t *testing.T) {
	b := contacts(t, 3)
	answer := b.call("recentcontact/mark_contact", `{"From_Account":"ann","MarkItem":[
		{"OptType":3,"ContactItem":{"Type":1,"To_Account":"u0"},"SetMark":[0,40],"CustomMark":"own"},
		{"OptType":1,"ContactItem":{"Type":1,"To_Account":"nobody"},"SetMark":[0]},
		{"OptType":1,"ContactItem":{"Type":2,"ToGroupId":"g"},"SetMark":[0]}]}`)
	assert.JSONEq(t, `{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","ErrorDisplay":"","ResultItem":[
		{"OptType":3,"ContactItem":{"Type":1,"To_Account":"u0"},"ResultCode":0,"ResultInfo":""},
		{"OptType":1,"ContactItem":{"Type":1,"To_Account":"nobody"},"ResultCode":50002,"ResultInfo":"there is no such conversation: it begins with its first message"},
		{"OptType":1,"ContactItem":{"Type":2,"ToGroupId":"g"},"ResultCode":51007,"ResultInfo":"there is no such group"}]}`, answer)
	created := b.call("recentcontact/create_contact_group", `{"From_Account":"ann","GroupContactItem":[{"GroupName":"work","ContactItem":[{"Type":1,"To_Account":"u0"}]}]}`)
	assert.Contains(t, created, `"GroupResultItem":[{"GroupItem":{"GroupName":"work","GroupId":2},"ResultItem":[{"ContactItem":{"Type":1,"To_Account":"u0"},"ResultCode":0`)
	updated := b.call("recentcontact/update_contact_group", `{"From_Account":"ann","UpdateType":1,"UpdateGroup":{"UpdateGroupType":2,"OldGroupName":"work",
		"ContactUpdateItem":[{"ContactOptType":1,"ContactItem":{"Type":1,"To_Account":"u1"}},{"ContactOptType":2,"ContactItem":{"Type":1,"To_Account":"u0"}}]}}`)
	assert.Contains(t, updated, `{"ContactOptType":2,"ContactItem":{"Type":1,"To_Account":"u0"},"ResultCode":0`)
	renamed := b.call("recentcontact/update_contact_group", `{"From_Account":"ann","UpdateType":1,"UpdateGroup":{"UpdateGroupType":1,"OldGroupName":"work","NewGroupName":"job"}}`)
	assert.Contains(t, renamed, `"UpdateGroupResult":{"UpdateGroupType":1,"GroupName":"job","GroupId":2,"OldGroupName":"work"`)
	list := b.call("recentcontact/get_contact_group", `{"From_Account":"ann","StartIndex":0}`)
	assert.Contains(t, list, `"StandardMark":"1`+strings.Repeat("0", 39)+`1","CustomMark":"own","ContactGroupId":[]`)
	assert.Contains(t, list, `"ContactGroupId":[2]`)
	assert.Contains(t, list, `"GroupItem":[{"GroupName":"job","GroupId":2}],"CompleteFlag":1,"NextStartIndex":0`)
	found := b.call("recentcontact/search_contact_group", `{"From_Account":"ann","ContactItem":[{"Type":1,"To_Account":"u1"},{"Type":1,"To_Account":"nobody"}]}`)
	assert.Contains(t, found, `"ContactResultItem":[{"Type":1,"To_Account":"u1","StandardMark":"","CustomMark":"","ContactGroupId":[2]`)
	deleted := b.call("recentcontact/del_contact_group", `{"From_Account":"ann","GroupName":["job"]}`)
	assert.Contains(t, deleted, `"GroupItem":[{"GroupName":"job","GroupId":2}]`)
}

func TestWhatABackendMayNotSort(t *testing.T) {
	b := contacts(t, 1)
	for _, tt := range []struct {
		command, body string
		want          int
	}{
		{"get_list", `{"From_Account":"nobody"}`, 50001},
		{"get_list", `{}`, 50002},
		{"get_list", `{"From_Account":"ann","TimeStamp":"x"}`, 50002},
		{"delete", `{"From_Account":"ann","Type":3,"To_Account":"u0"}`, 50002},
		{"delete", `{"From_Account":"ann","Type":2,"ToGroupid":"g"}`, 51007},
		{"mark_contact", `{"From_Account":"ann","MarkItem":[]}`, 51006},
		{"mark_contact", `{"From_Account":"ann","MarkItem":[{"OptType":1,"ContactItem":{"Type":1,"To_Account":"u0"},"SetMark":[9]}]}`, 50002},
		{"mark_contact", `{"From_Account":"ann","MarkItem":[{"OptType":1,"ContactItem":{"Type":1,"To_Account":"u0"},"SetMark":[64]}]}`, 50002},
		{"mark_contact", `{"From_Account":"ann","MarkItem":[{"OptType":2,"ContactItem":{"Type":1,"To_Account":"u0"},"CustomMark":"` + strings.Repeat("x", 257) + `"}]}`, 50002},
		{"mark_contact", `{"From_Account":"ann","MarkItem":[7]}`, 50002},
		{"create_contact_group", `{"From_Account":"ann","GroupContactItem":[]}`, 50002},
		{"create_contact_group", `{"From_Account":"ann","GroupContactItem":[{"GroupName":"","ContactItem":[{"Type":1,"To_Account":"u0"}]}]}`, 51011},
		{"update_contact_group", `{"From_Account":"ann","UpdateType":1,"UpdateGroup":{"UpdateGroupType":1,"OldGroupName":"x","NewGroupName":"y"}}`, 51009},
		{"update_contact_group", `{"From_Account":"ann","UpdateType":1,"UpdateGroup":{"UpdateGroupType":3,"OldGroupName":"x"}}`, 50002},
		{"del_contact_group", `{"From_Account":"ann","GroupName":["x"]}`, 51009},
		{"search_contact_group", `{"From_Account":"ann","ContactItem":[]}`, 51006},
	} {
		answer := b.call("recentcontact/"+tt.command, tt.body)
		assert.Equal(t, tt.want, code(t, answer), "%s %.90s: %s", tt.command, tt.body, answer)
		assert.Contains(t, answer, `"ErrorDisplay":""`)
	}
}
