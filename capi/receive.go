package main

import "github.com/banter-im/banter/core"

var receiveCalls = calls{
	fnMsgSetC2CReceiveMessageOpt: func(c *core.Client, r *request) {
		c.SetReceiveOption(r.text(0), int(r.number(1)), r.doneOrState)
	},
	fnMsgSetAllReceiveMessageOpt: func(c *core.Client, r *request) {
		c.SetDailyReceiveOption(int(r.number(0)), int(r.number(1)), int(r.number(2)), int(r.number(3)), r.number(4), r.doneOrState)
	},
	fnMsgSetAllReceiveMessageOpt2: func(c *core.Client, r *request) {
		c.SetReceiveOptionOnce(int(r.number(0)), r.number(1), r.number(2), r.doneOrState)
	},
	fnMsgGetAllReceiveMessageOpt: func(c *core.Client, r *request) { c.AllReceiveOption(r.doneOrState) },
	fnMsgGetC2CReceiveMessageOpt: func(c *core.Client, r *request) { c.ReceiveOptions(r.text(0), r.doneOrState) },
}
