package assist

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/server/chat"
)

const app = 1400000001

// counts is a Meter, and a log that may be read while it is written.
type counts struct {
	mu   sync.Mutex
	of   map[string]int
	text strings.Builder
}

func (c *counts) Assisted(service, how string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.of[service+" "+how]++
}

func (c *counts) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.Write(p)
}

func (c *counts) get(what string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.of[what]
}

func (c *counts) log() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.String()
}

// start asks a service that answers with handler.
func start(t *testing.T, cfg Config, handler http.HandlerFunc) (*Translator, *Transcriber, *counts) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	counted := &counts{of: map[string]int{}}
	log := slog.New(slog.NewTextHandler(counted, nil))
	cfg.URL = server.URL + "/s3cret"
	translator := NewTranslator(cfg, counted, log)
	transcriber := NewTranscriber(cfg, counted, log)
	t.Cleanup(func() { translator.Close(); transcriber.Close() })
	return translator, transcriber, counted
}

var (
	greeting = chat.Translation{App: app, User: "ann", Texts: []string{"private one", "private two"}, From: "auto", To: "de"}
	voice    = chat.Recording{App: app, User: "ann", URL: "http://files/private", Language: "en"}
)

func TestServicesAreAskedWithASignature(t *testing.T) {
	const question = `{"sdk_app_id":1400000001,"user_id":"ann","source_language":"auto","target_language":"de","texts":["private one","private two"]}`
	secret := "first"
	translator, transcriber, counted := start(t, Config{Secret: []byte(secret)}, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		assert.Equal(t, Sign([]byte(secret), r.Header.Get(TimeHeader), body), r.Header.Get(SignatureHeader))
		assert.Equal(t, http.MethodPost, r.Method)
		assert.Equal(t, "application/json", r.Header.Get("Content-Type"))
		if strings.Contains(string(body), "texts") {
			assert.JSONEq(t, question, string(body))
			fmt.Fprint(w, ` {"texts":["eins","zwei"],"more":7} `)
			return
		}
		assert.JSONEq(t, `{"sdk_app_id":1400000001,"user_id":"ann","url":"http://files/private","language":"en"}`, string(body))
		fmt.Fprint(w, `{"text":""}`)
	})
	texts, err := translator.Translate(t.Context(), greeting)
	require.NoError(t, err)
	assert.Equal(t, []string{"eins", "zwei"}, texts)
	secret = "second"
	transcriber.SetSecret([]byte(secret))
	text, err := transcriber.Transcribe(t.Context(), voice)
	require.NoError(t, err)
	assert.Empty(t, text, "a recording may be silent")
	assert.Equal(t, []int{1, 1}, []int{counted.get("translate answered"), counted.get("voice answered")})
}

// The example of docs/assist.md.
func TestTheSignatureIsAsDocumented(t *testing.T) {
	assert.Equal(t, "fa7eaa06bf97d7815f3f456e97cde70c9e50cb005f01660c8d10b10c21964887", Sign([]byte("secret"), "1767225600", []byte(`{}`)))
}

func TestWithoutASecretNothingIsSigned(t *testing.T) {
	translator, _, _ := start(t, Config{}, func(w http.ResponseWriter, r *http.Request) {
		assert.Empty(t, r.Header.Get(SignatureHeader))
		assert.Empty(t, r.Header.Get(TimeHeader))
		fmt.Fprint(w, `{"texts":["a","b"]}`)
	})
	_, err := translator.Translate(t.Context(), greeting)
	assert.NoError(t, err)
}

func says(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, text) }
}

func TestAnswersThatAreNone(t *testing.T) {
	answers := map[string]struct {
		handler http.HandlerFunc
		want    string
	}{
		"status 500": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, "status 500"},
		"a redirect": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) }, "status 302"},
		"huge":       {says(`{"texts":["` + strings.Repeat("x", maxAnswer) + `"]}`), "too long"},
		"cut": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "99")
			fmt.Fprint(w, `{"texts":`)
		}, "ended early"},
		"no JSON":          {says(`private`), "not the JSON"},
		"no object":        {says(`["private","b"]`), "not the JSON"},
		"too few texts":    {says(`{"texts":["private"]}`), "not the JSON"},
		"too many texts":   {says(`{"texts":["private","b","c"]}`), "not the JSON"},
		"a text of null":   {says(`{"texts":["private",null]}`), "not the JSON"},
		"a text of digits": {says(`{"texts":["private",7]}`), "not the JSON"},
		"no reason": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusUnprocessableEntity)
			fmt.Fprint(w, `{"error":""}`)
		}, "without a reason"},
	}
	for name, tt := range answers {
		t.Run(name, func(t *testing.T) {
			translator, transcriber, counted := start(t, Config{}, tt.handler)
			for range 3 {
				_, err := translator.Translate(t.Context(), greeting)
				assert.ErrorContains(t, err, tt.want)
				assert.NotErrorAs(t, err, new(*timerr.Error), "it is not for the user")
				_, err = transcriber.Transcribe(t.Context(), voice)
				assert.Error(t, err)
			}
			assert.Equal(t, 3, counted.get("translate failed"))
			assert.Equal(t, 1, strings.Count(counted.log(), "service=translate"), "it is said once")
			for _, secret := range []string{"private", "s3cret", "elsewhere"} {
				assert.NotContains(t, counted.log(), secret)
			}
		})
	}
}

func TestAServiceMayRefuseWithAReason(t *testing.T) {
	translator, _, counted := start(t, Config{}, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusUnprocessableEntity)
		json.NewEncoder(w).Encode(map[string]string{"error": "no Klingon " + strings.Repeat("ä", 500)})
	})
	_, err := translator.Translate(t.Context(), greeting)
	assert.Equal(t, timerr.InvalidParameters, timerr.CodeOf(err))
	assert.Contains(t, timerr.DescOf(err), "no Klingon ää")
	assert.LessOrEqual(t, len(timerr.DescOf(err)), maxRefusal)
	assert.Equal(t, 1, counted.get("translate refused"))
	assert.Empty(t, counted.log())
}

func TestASilentServiceIsGivenUp(t *testing.T) {
	leave := make(chan struct{})
	translator, _, counted := start(t, Config{Timeout: 100 * time.Millisecond, Parallel: 2}, func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) // else the end of the link is not seen
		select {
		case <-leave:
		case <-r.Context().Done():
		}
	})
	defer close(leave)
	var all sync.WaitGroup
	for range 5 { // three of them wait for a turn
		all.Go(func() {
			_, err := translator.Translate(t.Context(), greeting)
			assert.ErrorIs(t, err, context.DeadlineExceeded)
		})
	}
	all.Wait()
	assert.Equal(t, 5, counted.get("translate failed"))
	assert.Empty(t, translator.slots, "all have left")
}

func TestWhoGoesAwayBlamesNobody(t *testing.T) {
	asked, leave := make(chan struct{}), make(chan struct{})
	translator, _, counted := start(t, Config{Timeout: time.Hour}, func(http.ResponseWriter, *http.Request) {
		close(asked)
		<-leave
	})
	defer close(leave)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-asked
		cancel()
	}()
	_, err := translator.Translate(ctx, greeting)
	assert.ErrorIs(t, err, context.Canceled)
	assert.Empty(t, counted.log())
}

func TestAServiceThatIsNotThere(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	counted := &counts{of: map[string]int{}}
	translator := NewTranslator(Config{URL: gone.URL + "/s3cret"}, counted, slog.New(slog.NewTextHandler(counted, nil)))
	_, err := translator.Translate(t.Context(), greeting)
	assert.ErrorIs(t, err, chat.ErrUnreachable)
	assert.NotContains(t, err.Error()+counted.log(), "s3cret")
}

func FuzzAnswers(f *testing.F) {
	for _, seed := range []string{`{"texts":["a","b"]}`, `{"text":"a"}`, `{"texts":null}`, `[]`, `{"error":"x"}`, `{"texts":[{}]}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		answer := translated{want: 2}
		if json.Unmarshal(text, &answer) == nil && json.Valid(text) && string(text) != "null" {
			assert.Len(t, answer.Texts, 2)
		}
		var voice transcript
		_ = json.Unmarshal(text, &voice)
		if err := refusal(text); timerr.CodeOf(err) == timerr.InvalidParameters {
			assert.LessOrEqual(t, len(timerr.DescOf(err)), maxRefusal)
		}
	})
}
