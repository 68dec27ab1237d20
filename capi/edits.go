package main

import "github.com/banter-im/banter/core"

// editCalls are about what messages say later than they did, and about who has read them.
var editCalls = calls{
	fnMsgModifyMessage:           func(c *core.Client, r *request) { c.Modify(r.text(0), r.doneOrState) },
	fnMsgSendMessageReadReceipts: func(c *core.Client, r *request) { c.SendReceipts(r.text(0), r.doneOrState) },
	fnMsgGetMessageReadReceipts:  func(c *core.Client, r *request) { c.Receipts(r.text(0), r.doneOrState) },
}
