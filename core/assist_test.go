package core

import (
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

func TestTextsAndVoicesGoToTheServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		var asked []string
		cut := false
		server.fakeServer.answer = func(l *fakeLink, r wire.Request) {
			if r.Cmd != wire.CmdTranslate && r.Cmd != wire.CmdVoiceToText {
				server.answer(l, r)
				return
			}
			asked = append(asked, string(r.Body))
			var voice wire.Voice
			_ = json.Unmarshal(r.Body, &voice)
			switch {
			case r.Cmd == wire.CmdTranslate:
				l.answer(r, []wire.TranslatedText{{Source: "hello", Target: "hallo"}})
			case voice.Language == "xx":
				l.refuse(r, timerr.SvrCommInvalidService)
			case voice.Language == "cut" && !cut:
				cut = true // and the answer is lost with the link
				l.cut(timerr.New(timerr.SDKNetResetByPeer))
			default:
				l.answer(r, wire.VoiceText{Text: `he said "hi"`})
			}
		}
		c, _ := startChatting(t, server)
		defer c.Close()
		code, desc, answer := answerOf(t, func(done Done) { c.TranslateTexts(`["hello"]`, "", "de", done) })
		assert.Zero(t, code, desc)
		assert.JSONEq(t, `[{"msg_translate_text_source_text":"hello","msg_translate_text_target_text":"hallo"}]`, answer)
		assert.JSONEq(t, `{"json_source_text_array":["hello"],"source_language":"","target_language":"de"}`, asked[0])
		code, _, answer = answerOf(t, func(done Done) { c.VoiceToText("http://u", "en", done) })
		assert.Zero(t, code)
		assert.Equal(t, `he said "hi"`, answer, "the text itself")
		assert.JSONEq(t, `{"url":"http://u","language":"en"}`, asked[1])
		code, _, answer = answerOf(t, func(done Done) { c.VoiceToText("http://u", "xx", done) })
		assert.Equal(t, timerr.SvrCommInvalidService, code)
		assert.Empty(t, answer)
		answer = ""
		c.VoiceToText("http://u", "cut", func(err error, text string) { answer = text })
		time.Sleep(3 * time.Second)
		synctest.Wait()
		assert.Equal(t, `he said "hi"`, answer, "it is asked again on the next link")
		code, desc, _ = answerOf(t, func(done Done) { c.TranslateTexts(`["a",1]`, "", "de", done) })
		assert.Equal(t, timerr.InvalidParameters, code)
		assert.Contains(t, desc, "number")
		assert.Len(t, asked, 5, "what is no text is not asked about")
	})
}
