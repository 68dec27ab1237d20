package chat

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// Translator is a service that translates. Its methods may be called at the same time.
type Translator interface {
	// Translate returns the texts in another language, in their order. A *timerr.Error is for
	// the user; any other error is the service's own.
	Translate(ctx context.Context, t Translation) ([]string, error)
}

// Translation is what a Translator is asked.
type Translation struct {
	App      uint64
	User     string // who asks
	Texts    []string
	From, To string // languages; From is "auto" when it is to be found out
}

// Transcriber is a service that turns voice into text. Its methods may be called at the same
// time.
type Transcriber interface {
	// Transcribe returns what is said in a recording. Errors are as those of Translate.
	Transcribe(ctx context.Context, r Recording) (string, error)
}

// Recording is what a Transcriber is asked.
type Recording struct {
	App      uint64
	User     string // who asks
	URL      string // where it can be read, as the user says
	Language string // "auto" when it is to be found out
}

const (
	anyLanguage   = "auto"
	maxLanguage   = 64   // bytes
	maxVoiceURL   = 2048 // bytes
	maxTranscript = 64 << 10
	maxTranslated = 128 << 10 // bytes of all translations of a call
)

// Translate has texts translated for a's user. It ends with ctx.
func (s *Service) Translate(ctx context.Context, a *Attachment, asked wire.Translate) ([]wire.TranslatedText, error) {
	if s.cfg.Translator == nil {
		return nil, switchedOff("translate")
	}
	if err := checkTranslate(asked); err != nil {
		return nil, err
	}
	texts, err := s.cfg.Translator.Translate(ctx, Translation{App: a.peer.App, User: a.ref.User, Texts: asked.Texts,
		From: languageOr(asked.From), To: asked.To})
	if err == nil {
		err = checkTranslated(texts, len(asked.Texts))
	}
	if err != nil {
		return nil, assistError("that translates", err)
	}
	answer := make([]wire.TranslatedText, len(texts))
	for i, text := range texts {
		answer[i] = wire.TranslatedText{Source: asked.Texts[i], Target: text}
	}
	return answer, nil
}

func checkTranslate(asked wire.Translate) error {
	size := 0
	for i, text := range asked.Texts {
		if !utf8.ValidString(text) {
			return badMessage("json_source_text_array[%d] is no UTF-8", i)
		}
		size += len(text)
	}
	switch {
	case len(asked.Texts) == 0 || len(asked.Texts) > wire.MaxTranslateTexts:
		return badMessage("json_source_text_array has %d texts, not 1 to %d", len(asked.Texts), wire.MaxTranslateTexts)
	case size > wire.MaxTranslateBytes:
		return badMessage("json_source_text_array has texts of %d bytes, at most %d are allowed", size, wire.MaxTranslateBytes)
	case asked.To == "":
		return badMessage("target_language is missing")
	case !isLanguage(asked.To):
		return badMessage("target_language is no code of a language")
	case asked.From != "" && !isLanguage(asked.From):
		return badMessage("source_language is no code of a language")
	}
	return nil
}

// checkTranslated refuses what is not one text for each that was given.
func checkTranslated(texts []string, want int) error {
	size := 0
	for _, text := range texts {
		size += len(text)
	}
	if len(texts) != want || size > maxTranslated {
		return errors.New("not one text came back for each, or too long ones")
	}
	return nil
}

// VoiceToText has a recording turned into text for a's user. It ends with ctx.
func (s *Service) VoiceToText(ctx context.Context, a *Attachment, asked wire.Voice) (wire.VoiceText, error) {
	if s.cfg.Transcriber == nil {
		return wire.VoiceText{}, switchedOff("voice")
	}
	if err := checkVoice(asked); err != nil {
		return wire.VoiceText{}, err
	}
	text, err := s.cfg.Transcriber.Transcribe(ctx, Recording{App: a.peer.App, User: a.ref.User, URL: asked.URL,
		Language: languageOr(asked.Language)})
	if err == nil && len(text) > maxTranscript {
		err = errors.New("the text is too long")
	}
	if err != nil {
		return wire.VoiceText{}, assistError("that understands voice", err)
	}
	return wire.VoiceText{Text: text}, nil
}

func checkVoice(asked wire.Voice) error {
	if len(asked.URL) > maxVoiceURL {
		return badMessage("url has %d bytes, at most %d are allowed", len(asked.URL), maxVoiceURL)
	}
	u, err := url.Parse(asked.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return badMessage("url is no address that begins with http:// or https:// and a host")
	}
	if asked.Language != "" && !isLanguage(asked.Language) {
		return badMessage("language is no code of a language")
	}
	return nil
}

func languageOr(code string) string {
	if code == "" {
		return anyLanguage
	}
	return code
}

// isLanguage says whether a text may be a language, such as en, zh-TW or zh (cmn-Hans-CN).
// Which ones there are, and how they are written, the service knows.
func isLanguage(code string) bool {
	return code != "" && len(code) <= maxLanguage && strings.IndexFunc(code, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}

func switchedOff(section string) error {
	return timerr.Newf(timerr.SvrCommInvalidService, "the server has no service for it: [%s] is not set", section)
}

// assistError is what a user sees of a service that failed. What it said is in no text.
func assistError(which string, err error) error {
	var told *timerr.Error
	switch {
	case errors.As(err, &told):
		return err
	case errors.Is(err, context.Canceled):
		return timerr.Newf(timerr.SDKNotLoggedIn, "the session has ended")
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, ErrUnreachable):
		return timerr.Newf(timerr.SvrCommRequestTimeout, "the service %s does not answer, try again", which)
	}
	return timerr.Newf(timerr.SvrCommRspJSONParseFailed, "the service %s gave an answer that cannot be used", which)
}

// ErrUnreachable is of a service that cannot be asked just now.
var ErrUnreachable = errors.New("the service cannot be reached")
