package main

import "github.com/banter-im/banter/core"

// localCalls are those about what this device keeps, and about many messages at once.
var localCalls = calls{
	fnMsgBatchSend:    func(c *core.Client, r *request) { c.BatchSend(r.text(0), r.doneOrState) },
	fnMsgFindMessages: func(c *core.Client, r *request) { c.FindMessages(r.text(0), r.doneOrState) },
	fnMsgFindByMsgLocatorList: func(c *core.Client, r *request) {
		c.FindByLocators(int(r.number(1)), r.text(0), r.text(2), r.doneOrState)
	},
	fnMsgSaveMsg: func(c *core.Client, r *request) {
		c.SaveMessage(int(r.number(1)), r.text(0), r.text(2), r.doneOrState)
	},
	fnMsgImportMsgList: func(c *core.Client, r *request) {
		c.ImportMessages(int(r.number(1)), r.text(0), r.text(2), r.doneOrState)
	},
	fnMsgDownloadMergerMessage: func(c *core.Client, r *request) { c.DownloadMerger(r.text(0), r.doneOrState) },
	fnMsgSetLocalCustomData:    func(c *core.Client, r *request) { c.SetLocalCustomData(r.text(0), r.doneOrState) },
	fnMsgSearchLocalMessages:   func(c *core.Client, r *request) { c.SearchMessages(r.text(0), r.doneOrState) },
}
