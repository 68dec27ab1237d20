package main

import "github.com/banter-im/banter/core"

// calls are client logic that is built, by function. Each map is a subject's.
type calls map[int]func(*core.Client, *request)

// find returns the call of a function, nil when it is not built.
func find(function int) func(*core.Client, *request) {
	for _, subject := range []calls{messageCalls, editCalls, conversationCalls, localCalls, receiveCalls, fileCalls, extrasCalls, sortingCalls, assistCalls} {
		if call := subject[function]; call != nil {
			return call
		}
	}
	return nil
}

var messageCalls = calls{
	fnMsgSendMessage: func(c *core.Client, r *request) {
		c.SendMessage(int(r.number(1)), r.text(0), r.text(2), r.text(3), r.doneOrState)
	},
	fnMsgSendNewMsg: func(c *core.Client, r *request) {
		c.SendMessage(int(r.number(1)), r.text(0), r.text(2), "", r.doneOrState)
	},
	fnMsgSendNewMsgEx: func(c *core.Client, r *request) {
		c.SendMessage(int(r.number(1)), r.text(0), r.text(2), r.extra(), r.doneOrState)
	},
	fnMsgCancelSend: func(c *core.Client, r *request) {
		c.CancelSend(int(r.number(1)), r.text(0), r.text(2), r.doneOrState)
	},
	fnMsgGetMsgList: func(c *core.Client, r *request) {
		c.History(int(r.number(1)), r.text(0), r.text(2), r.doneOrState)
	},
	fnMsgReportReaded: func(c *core.Client, r *request) {
		c.ReportRead(int(r.number(1)), r.text(0), r.text(2), r.doneOrState)
	},
	fnMsgMarkAllMessageAsRead: func(c *core.Client, r *request) { c.ReportAllRead(r.doneOrState) },
	fnMsgRevoke: func(c *core.Client, r *request) {
		c.Revoke(int(r.number(1)), r.text(0), r.text(2), r.doneOrState)
	},
	fnMsgDelete: func(c *core.Client, r *request) {
		c.DeleteMessage(int(r.number(1)), r.text(0), r.text(2), r.doneOrState)
	},
	fnMsgListDelete: func(c *core.Client, r *request) {
		c.DeleteMessages(int(r.number(1)), r.text(0), r.text(2), r.doneOrState)
	},
	fnMsgClearHistoryMessage: func(c *core.Client, r *request) {
		c.ClearHistory(int(r.number(1)), r.text(0), r.doneOrState)
	},
}

var conversationCalls = calls{
	fnConvGetConvList: func(c *core.Client, r *request) { c.Conversations(r.doneOrState) },
	fnConvGetConvInfo: func(c *core.Client, r *request) { c.ConversationInfo(r.text(0), r.doneOrState) },
	fnConvDelete: func(c *core.Client, r *request) {
		c.DeleteConversation(int(r.number(1)), r.text(0), r.doneOrState)
	},
	fnConvPinConversation: func(c *core.Client, r *request) {
		c.PinConversation(int(r.number(1)), r.text(0), r.number(2) != 0, r.doneOrState)
	},
	fnConvGetTotalUnreadMessageCount: func(c *core.Client, r *request) { c.TotalUnread(r.doneOrState) },
}
