package chat_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
	"github.com/banter-im/banter/server/session"
)

// services is a Translator and a Transcriber that say what they were asked, or fail.
type services struct {
	texts []string // instead
	err   error
}

func (s *services) Translate(ctx context.Context, t chat.Translation) ([]string, error) {
	if s.err != nil || s.texts != nil {
		return s.texts, s.err
	}
	var texts []string
	for _, text := range t.Texts {
		texts = append(texts, fmt.Sprint(t.App, t.User, t.From, t.To, text))
	}
	return texts, ctx.Err()
}

func (s *services) Transcribe(_ context.Context, r chat.Recording) (string, error) {
	if s.texts != nil {
		return s.texts[0], s.err
	}
	return fmt.Sprint(r.App, r.User, r.URL, r.Language), s.err
}

// served runs test with a player of a node that has services.
func served(t *testing.T, s *services, test func(ann *player)) {
	inBubble(t, func(_ *testing.T, in *installation) {
		test(in.player(in.node("a", func(cfg *chat.Config, _ *chat.Store, _ *chat.Bus) {
			cfg.Translator, cfg.Transcriber = s, s
		}), "ann", session.Linux))
	})
}

func (p *player) translates(asked wire.Translate) ([]wire.TranslatedText, error) {
	return p.s.Translate(p.t.Context(), p.held, asked)
}

func (p *player) transcribes(asked wire.Voice) (string, error) {
	answer, err := p.s.VoiceToText(p.t.Context(), p.held, asked)
	return answer.Text, err
}

const sound = "http://files.example/files/0f?t=x"

func TestServicesDoWhatAUserAsks(t *testing.T) {
	served(t, &services{}, func(ann *player) {
		texts, err := ann.translates(wire.Translate{Texts: []string{"hello", ""}, To: "de"})
		require.NoError(t, err)
		assert.Equal(t, []wire.TranslatedText{{Source: "hello", Target: "1400000001annautodehello"}, {Target: "1400000001annautode"}}, texts)
		texts, err = ann.translates(wire.Translate{Texts: []string{"x"}, From: "en", To: "zh-TW"})
		require.NoError(t, err)
		assert.Equal(t, "1400000001annenzh-TWx", texts[0].Target)
		text, err := ann.transcribes(wire.Voice{URL: sound, Language: "zh (cmn-Hans-CN)"})
		require.NoError(t, err)
		assert.Equal(t, "1400000001ann"+sound+"zh (cmn-Hans-CN)", text)
		text, err = ann.transcribes(wire.Voice{URL: sound})
		require.NoError(t, err)
		assert.Equal(t, "1400000001ann"+sound+"auto", text)
	})
}

func TestWhatServicesAreNotAsked(t *testing.T) {
	served(t, &services{}, func(ann *player) {
		long := strings.Repeat("x", wire.MaxTranslateBytes)
		for _, tt := range []struct {
			asked wire.Translate
			desc  string
		}{
			{wire.Translate{To: "de"}, "json_source_text_array has 0 texts"},
			{wire.Translate{To: "de", Texts: make([]string, 51)}, "json_source_text_array has 51 texts"},
			{wire.Translate{To: "de", Texts: []string{long, "x"}}, "32769 bytes"},
			{wire.Translate{To: "de", Texts: []string{"a", "\xff"}}, "json_source_text_array[1]"},
			{wire.Translate{Texts: []string{"a"}}, "target_language is missing"},
			{wire.Translate{To: "d\n", Texts: []string{"a"}}, "target_language"},
			{wire.Translate{To: strings.Repeat("d", 65), Texts: []string{"a"}}, "target_language"},
			{wire.Translate{From: "ä", To: "de", Texts: []string{"a"}}, "source_language"},
		} {
			_, err := ann.translates(tt.asked)
			assert.Equal(t, timerr.InvalidParameters, timerr.CodeOf(err), tt.desc)
			assert.Contains(t, timerr.DescOf(err), tt.desc)
		}
		for _, address := range []string{"", "x", "file:///etc/passwd", "gopher://a/b", "http://", "http://user:word@host/a", "http://h/\x01",
			"http://h/" + strings.Repeat("x", 2048)} {
			_, err := ann.transcribes(wire.Voice{URL: address})
			assert.Equal(t, timerr.InvalidParameters, timerr.CodeOf(err), address)
			assert.Contains(t, timerr.DescOf(err), "url ")
		}
		_, err := ann.transcribes(wire.Voice{URL: sound, Language: "\t"})
		assert.Contains(t, timerr.DescOf(err), "language")
	})
}

func TestServicesThatFail(t *testing.T) {
	for _, tt := range []struct {
		name string
		s    services
		code timerr.Code
		desc string
	}{
		{"it is silent", services{err: fmt.Errorf("ask: %w", context.DeadlineExceeded)}, timerr.SvrCommRequestTimeout, "try again"},
		{"it is not there", services{err: chat.ErrUnreachable}, timerr.SvrCommRequestTimeout, "try again"},
		{"it says nonsense", services{err: errors.New("a secret")}, timerr.SvrCommRspJSONParseFailed, "cannot be used"},
		{"it has a reason", services{err: timerr.Newf(timerr.InvalidParameters, "no Klingon")}, timerr.InvalidParameters, "no Klingon"},
		{"the session has ended", services{err: context.Canceled}, timerr.SDKNotLoggedIn, "ended"},
		{"it says too much", services{texts: []string{strings.Repeat("x", 128<<10+1)}}, timerr.SvrCommRspJSONParseFailed, "cannot be used"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			served(t, &tt.s, func(ann *player) {
				_, translated := ann.translates(wire.Translate{Texts: []string{"x"}, To: "de"})
				_, transcribed := ann.transcribes(wire.Voice{URL: sound})
				for _, err := range []error{translated, transcribed} {
					assert.Equal(t, tt.code, timerr.CodeOf(err))
					assert.Contains(t, timerr.DescOf(err), tt.desc)
					assert.NotContains(t, timerr.DescOf(err), "secret")
				}
			})
		})
	}
	served(t, &services{texts: []string{"one"}}, func(ann *player) {
		_, err := ann.translates(wire.Translate{Texts: []string{"x", "y"}, To: "de"})
		assert.Equal(t, timerr.SvrCommRspJSONParseFailed, timerr.CodeOf(err), "one text for two")
	})
}

func TestWithoutAServiceItSaysSo(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		ann := in.player(in.node("a"), "ann", session.Linux)
		_, err := ann.translates(wire.Translate{Texts: []string{"x"}, To: "de"})
		assert.Equal(t, timerr.SvrCommInvalidService, timerr.CodeOf(err))
		assert.Contains(t, timerr.DescOf(err), "[translate]")
		_, err = ann.transcribes(wire.Voice{URL: sound})
		assert.Equal(t, timerr.SvrCommInvalidService, timerr.CodeOf(err))
		assert.Contains(t, timerr.DescOf(err), "[voice]")
	})
}
