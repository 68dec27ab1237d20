package main

import "github.com/banter-im/banter/core"

// sortingCalls are those that find, sort and begin conversations.
var sortingCalls = calls{
	fnConvGetConversationListByFilter: func(c *core.Client, r *request) {
		c.ConversationsByFilter(r.text(0), uint64(r.number(1)), uint32(r.number(2)), r.doneOrState)
	},
	fnConvDeleteConversationList: func(c *core.Client, r *request) {
		c.DeleteConversations(r.text(0), r.number(1) != 0, r.doneOrState)
	},
	fnConvSetDraft: func(c *core.Client, r *request) {
		c.SetDraft(int(r.number(1)), r.text(0), r.text(2), r.doneOrState)
	},
	fnConvCancelDraft: func(c *core.Client, r *request) {
		c.CancelDraft(int(r.number(1)), r.text(0), r.doneOrState)
	},
	fnConvSetConversationCustomData: func(c *core.Client, r *request) {
		c.SetCustomData(r.text(0), r.text(1), r.doneOrState)
	},
	fnConvMarkConversation: func(c *core.Client, r *request) {
		c.MarkConversations(r.text(0), uint64(r.number(1)), r.number(2) != 0, r.doneOrState)
	},
	fnConvGetUnreadMessageCountByFilter: func(c *core.Client, r *request) {
		c.UnreadByFilter(r.text(0), r.doneOrState)
	},
	fnConvSubscribeUnreadMessageCountByFilter: func(c *core.Client, r *request) {
		c.WatchUnread(r.text(0), r.doneOrState)
	},
	fnConvUnsubscribeUnreadMessageCountByFilter: func(c *core.Client, r *request) {
		c.UnwatchUnread(r.text(0), r.doneOrState)
	},
	fnConvCleanConversationUnreadMessageCount: func(c *core.Client, r *request) {
		c.CleanUnread(r.text(0), uint64(r.number(1)), uint64(r.number(2)), r.doneOrState)
	},
	fnConvCreateConversationGroup: func(c *core.Client, r *request) {
		c.CreateConversationGroup(r.text(0), r.text(1), r.doneOrState)
	},
	fnConvGetConversationGroupList: func(c *core.Client, r *request) { c.ConversationGroups(r.doneOrState) },
	fnConvDeleteConversationGroup: func(c *core.Client, r *request) {
		c.DeleteConversationGroup(r.text(0), r.doneOrState)
	},
	fnConvRenameConversationGroup: func(c *core.Client, r *request) {
		c.RenameConversationGroup(r.text(0), r.text(1), r.doneOrState)
	},
	fnConvAddConversationsToGroup: func(c *core.Client, r *request) {
		c.AddToConversationGroup(r.text(0), r.text(1), r.doneOrState)
	},
	fnConvDeleteConversationsFromGroup: func(c *core.Client, r *request) {
		c.DeleteFromConversationGroup(r.text(0), r.text(1), r.doneOrState)
	},
	fnConvCreate: func(c *core.Client, r *request) {
		c.CreateConversation(int(r.number(1)), r.text(0), r.doneOrState)
	},
}

// UnreadByFilter tells how many messages are unread in the conversations of a filter.
func (g *game) UnreadByFilter(filter string, count int64) bool {
	return g.change(slotConvUnreadMessageCountChangedByFilter, filter, count)
}

// ConversationGroup tells what became of a conversation group.
func (g *game) ConversationGroup(change core.GroupChange) bool {
	switch change.Kind {
	case core.GroupCreated:
		return g.change(slotConvConversationGroupCreated, change.Name, change.Conversations)
	case core.GroupDeleted:
		return g.change(slotConvConversationGroupDeleted, change.Name)
	case core.GroupRenamed:
		return g.change(slotConvConversationGroupNameChanged, change.Name, change.NewName)
	case core.GroupJoined:
		return g.change(slotConvConversationsAddedToGroup, change.Name, change.Conversations)
	default:
		return g.change(slotConvConversationsDeletedFromGroup, change.Name, change.Conversations, change.Reason)
	}
}
