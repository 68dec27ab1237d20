package core

import "github.com/banter-im/banter/internal/wire"

// TranslateTexts has texts translated by the service that the server uses for that.
func (c *Client) TranslateTexts(list, from, to string, done Done) {
	c.chat(done, true, func(m *messenger, done Done) {
		var texts []string
		if err := decode(list, &texts); err != nil {
			done(err, "")
			return
		}
		body := wire.Translate{Texts: texts, From: from, To: to}
		askFor(m, wire.CmdTranslate, body, true, func(translated []wire.TranslatedText, err error) {
			if err != nil {
				done(err, "")
				return
			}
			done(nil, textOf(translated))
		})
	})
}

// VoiceToText has a recording turned into text. The answer is that text, and no JSON.
func (c *Client) VoiceToText(url, language string, done Done) {
	c.chat(done, true, func(m *messenger, done Done) {
		askFor(m, wire.CmdVoiceToText, wire.Voice{URL: url, Language: language}, true, func(answer wire.VoiceText, err error) {
			done(err, answer.Text)
		})
	})
}
