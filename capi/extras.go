package main

import "github.com/banter-im/banter/core"

// extrasCalls are about extensions and reactions of messages.
var extrasCalls = calls{
	fnMsgSetMessageExtensions: func(c *core.Client, r *request) {
		c.SetExtensions(r.text(0), r.text(1), r.doneOrState)
	},
	fnMsgGetMessageExtensions: func(c *core.Client, r *request) { c.Extensions(r.text(0), r.doneOrState) },
	fnMsgDeleteMessageExtensions: func(c *core.Client, r *request) {
		c.DeleteExtensions(r.text(0), r.text(1), r.doneOrState)
	},
	fnMsgAddMessageReaction: func(c *core.Client, r *request) {
		c.AddReaction(r.text(0), r.text(1), r.doneOrState)
	},
	fnMsgRemoveMessageReaction: func(c *core.Client, r *request) {
		c.RemoveReaction(r.text(0), r.text(1), r.doneOrState)
	},
	fnMsgGetMessageReactions: func(c *core.Client, r *request) {
		c.Reactions(r.text(0), r.number(1), r.doneOrState)
	},
	fnMsgGetAllUserListOfMessageReaction: func(c *core.Client, r *request) {
		c.ReactionUsers(r.text(0), r.text(1), uint64(r.number(2)), r.number(3), r.doneOrState)
	},
}
