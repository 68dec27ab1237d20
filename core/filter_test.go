package core

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"

	"github.com/banter-im/banter/internal/timerr"
)

// listPage is a TIMConversationListResult.
type listPage struct {
	Conversations []convInfo `json:"conversation_list_result_conv_list"`
	Next          uint64     `json:"conversation_list_result_next_seq"`
	Finished      bool       `json:"conversation_list_result_is_finished"`
}

// filtered is who is in a list by its filter.
var filtered = map[string]string{
	`{}`: "cba",
	`{"conversation_list_filter_conv_type":1}`:                                                             "cba",
	`{"conversation_list_filter_conv_type":2}`:                                                             "",
	`{"conversation_list_filter_conversation_group":"g"}`:                                                  "ba",
	`{"conversation_list_filter_conversation_group":""}`:                                                   "c",
	`{"conversation_list_filter_conversation_group":"none"}`:                                               "",
	`{"conversation_list_filter_mark_type":1}`:                                                             "a",
	`{"conversation_list_filter_mark_type":4}`:                                                             "",
	`{"conversation_list_filter_mark_type":0}`:                                                             "cb",
	`{"conversation_list_filter_has_unread_count":true}`:                                                   "ca",
	`{"conversation_list_filter_has_unread_count":false}`:                                                  "b",
	`{"conversation_list_filter_has_group_at_info":true}`:                                                  "",
	`{"conversation_list_filter_has_unread_count":true,"conversation_list_filter_conversation_group":"g"}`: "a",
}

func TestTheListByFilterComesInPages(t *testing.T) {
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, _ := sortable(t, server, folder)
		defer c.Close()
		none := func(error, string) {}
		c.MarkConversations(`["c2c_a"]`, 3, true, none)
		c.CreateConversationGroup("g", `["c2c_a","c2c_b"]`, none)
		c.ReportRead(1, "b", "", none)
		synctest.Wait()
		read := func(filter string, cursor uint64, count uint32) (page listPage) {
			c.ConversationsByFilter(filter, cursor, count, func(err error, text string) {
				assert.NoError(t, err)
				assert.NoError(t, json.Unmarshal([]byte(text), &page))
			})
			synctest.Wait()
			return page
		}
		ids := func(filter string) (all string) {
			for _, v := range read(filter, 0, 9).Conversations {
				all += v.ID
			}
			return all
		}
		for filter, want := range filtered {
			assert.Equal(t, want, ids(filter), filter)
		}
		first := read(`{}`, 0, 2)
		assert.False(t, first.Finished)
		server.sends("a", "ann", "to the top") // which the list that is being read does not mind
		second := read(`{}`, first.Next, 2)
		assert.True(t, second.Finished)
		assert.Equal(t, []string{"c", "b", "a"}, []string{first.Conversations[0].ID, first.Conversations[1].ID, second.Conversations[0].ID})
		assert.Equal(t, "acb", ids(`{}`))
		for filter, field := range map[string]string{`{"conversation_list_filter_conv_type":9}`: "conv_type", `{"conversation_list_filter_mark_type":"x"}`: "mark_type"} {
			c.ConversationsByFilter(filter, 0, 1, func(err error, _ string) { assert.Contains(t, timerr.DescOf(err), field) })
		}
		c.ConversationsByFilter(`{}`, 0, 0, func(err error, _ string) { assert.Contains(t, timerr.DescOf(err), "count") })
		synctest.Wait()
	})
}

func TestUnreadCountsOfFiltersAreTold(t *testing.T) {
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, game := sortable(t, server, folder)
		defer c.Close()
		none := func(error, string) {}
		const inG = `{"conversation_list_filter_conversation_group":"g"}`
		c.WatchUnread(inG, none)
		c.WatchUnread(" "+inG, none) // the same
		c.CreateConversationGroup("g", `["c2c_a","c2c_b"]`, none)
		synctest.Wait()
		assert.Contains(t, game.since(), "unread of "+inG+": 2")
		server.sends("c", "ann", "elsewhere")
		assert.NotContains(t, strings.Join(game.since(), "; "), "unread of")
		server.sends("a", "ann", "more")
		assert.Equal(t, "unread of "+inG+": 3", last(game.since()))
		c.UnreadByFilter(inG, game.done("count"))
		synctest.Wait()
		assert.Contains(t, last(game.since()), `unread_count":3`)
		c.DeleteFromConversationGroup("g", `["c2c_a"]`, none)
		synctest.Wait()
		assert.Equal(t, "unread of "+inG+": 1", last(game.since()))
		c.DeleteConversationGroup("g", none)
		synctest.Wait()
		assert.Equal(t, "unread of "+inG+": 0", last(game.since()))
		c.UnwatchUnread(inG, none)
		c.CreateConversationGroup("g", `["c2c_b"]`, none)
		synctest.Wait()
		assert.NotContains(t, strings.Join(game.since(), "; "), "unread of")
	})
}

func last(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return lines[len(lines)-1]
}
