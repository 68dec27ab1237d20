package assist

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"

	"github.com/banter-im/banter/server/chat"
)

// Translator is a chat.Translator.
type Translator struct{ *service }

// NewTranslator returns one that asks the service of cfg.
func NewTranslator(cfg Config, meter Meter, log *slog.Logger) *Translator {
	return &Translator{newService("translate", cfg, meter, log)}
}

// translation is a question for texts in another language.
type translation struct {
	App   uint64   `json:"sdk_app_id"`
	User  string   `json:"user_id"`
	From  string   `json:"source_language"`
	To    string   `json:"target_language"`
	Texts []string `json:"texts"`
}

// Translate is that of chat.Translator.
func (t *Translator) Translate(ctx context.Context, asked chat.Translation) ([]string, error) {
	answer := translated{want: len(asked.Texts)}
	err := t.ask(ctx, translation{asked.App, asked.User, asked.From, asked.To, asked.Texts}, &answer)
	return answer.Texts, err
}

// translated is the answer to a translation.
type translated struct {
	Texts []string
	want  int
}

// UnmarshalJSON takes one text for each that was asked about, and nothing else.
func (t *translated) UnmarshalJSON(text []byte) error {
	var given struct {
		Texts []*string `json:"texts"`
	}
	if err := json.Unmarshal(text, &given); err != nil {
		return err
	}
	if len(given.Texts) != t.want {
		return errors.New("not one text came back for each")
	}
	for _, one := range given.Texts {
		if one == nil {
			return errors.New("a text is null")
		}
		t.Texts = append(t.Texts, *one)
	}
	return nil
}

// Transcriber is a chat.Transcriber.
type Transcriber struct{ *service }

// NewTranscriber returns one that asks the service of cfg.
func NewTranscriber(cfg Config, meter Meter, log *slog.Logger) *Transcriber {
	return &Transcriber{newService("voice", cfg, meter, log)}
}

// recording is a question for what is said in one.
type recording struct {
	App      uint64 `json:"sdk_app_id"`
	User     string `json:"user_id"`
	URL      string `json:"url"`
	Language string `json:"language"`
}

// Transcribe is that of chat.Transcriber.
func (t *Transcriber) Transcribe(ctx context.Context, asked chat.Recording) (string, error) {
	var answer transcript
	err := t.ask(ctx, recording{asked.App, asked.User, asked.URL, asked.Language}, &answer)
	return answer.Text, err
}

// transcript is the answer to a recording.
type transcript struct{ Text string }

// UnmarshalJSON takes an object that has a text, which may be empty.
func (t *transcript) UnmarshalJSON(text []byte) error {
	var given struct {
		Text *string `json:"text"`
	}
	if err := json.Unmarshal(text, &given); err != nil {
		return err
	}
	if given.Text == nil {
		return errors.New("there is no text")
	}
	t.Text = *given.Text
	return nil
}
