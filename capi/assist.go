package main

import "github.com/banter-im/banter/core"

// assistCalls are done by services beside the server.
var assistCalls = calls{
	fnMsgTranslateText: func(c *core.Client, r *request) {
		c.TranslateTexts(r.text(0), r.text(1), r.text(2), r.doneOrState)
	},
	fnMsgConvertVoiceToText: func(c *core.Client, r *request) {
		c.VoiceToText(r.text(0), r.text(1), r.doneOrState)
	},
}
