package suite

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// assisted are the functions that services beside the server do.
const assisted = "TIMMsgTranslateText TIMMsgConvertVoiceToText "

// speaks is a service of both kinds. It says when it was asked for "xx", and answers that when
// it may.
func speaks(t *testing.T, begun chan<- struct{}, leave <-chan struct{}) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var asked struct {
			User  string   `json:"user_id"`
			To    string   `json:"target_language"`
			Texts []string `json:"texts"`
			URL   string   `json:"url"`
		}
		assert.NoError(t, json.NewDecoder(r.Body).Decode(&asked))
		switch {
		case r.URL.Path == "/voice":
			json.NewEncoder(w).Encode(map[string]string{"text": asked.User + " hears \"" + asked.URL + "\""})
		case asked.To == "tlh":
			w.WriteHeader(http.StatusUnprocessableEntity)
			fmt.Fprint(w, `{"error":"no Klingon"}`)
		case asked.To == "xx":
			begun <- struct{}{}
			<-leave
			fallthrough
		default:
			for i := range asked.Texts {
				asked.Texts[i] += " in " + asked.To
			}
			json.NewEncoder(w).Encode(map[string]any{"texts": asked.Texts})
		}
	}
}

// Two games, one server, and a service that translates: one is slow, and no other call of
// its game waits for that.
func TestServicesTranslateAndUnderstandVoice(t *testing.T) {
	t.Parallel()
	begun, leave := make(chan struct{}, 1), make(chan struct{})
	service := httptest.NewServer(speaks(t, begun, leave))
	t.Cleanup(service.Close)
	s := startServer(t, "--translate-url", service.URL+"/translate", "--voice-url", service.URL+"/voice")
	ann, bob := s.chatter(t, "ann", "linux", t.TempDir()), s.chatter(t, "bob", "linux", t.TempDir())

	slow, l := ann.call("TIMMsgTranslateText", text(`["patience"]`), text("en"), text("xx"))
	require.Zero(t, l.Result)
	<-begun
	ann.writes("bob", "hello") // which waits for nobody
	bob.reads("hello")
	answer := bob.do("TIMMsgTranslateText", text(`["hello","ann"]`), text("auto"), text("de"))
	require.Zero(t, answer.Code, *answer.Desc)
	assert.JSONEq(t, `[{"msg_translate_text_source_text":"hello","msg_translate_text_target_text":"hello in de"},
		{"msg_translate_text_source_text":"ann","msg_translate_text_target_text":"ann in de"}]`, *answer.JSON)
	close(leave)
	answer = ann.answer(slow)
	require.Zero(t, answer.Code, *answer.Desc)
	assert.Contains(t, *answer.JSON, "patience in xx")

	answer = bob.do("TIMMsgConvertVoiceToText", text("http://files.example/1"), text(""))
	require.Zero(t, answer.Code, *answer.Desc)
	assert.Equal(t, `bob hears "http://files.example/1"`, *answer.JSON, "the text itself")

	answer = bob.do("TIMMsgTranslateText", text(`["hello"]`), text(""), text("tlh"))
	assert.Equal(t, 6017, answer.Code)
	assert.Equal(t, "no Klingon", *answer.Desc)
	assert.Equal(t, "[]", *answer.JSON)
	assert.Equal(t, 6017, bob.do("TIMMsgTranslateText", text(`[1]`), text(""), text("de")).Code)
	assert.Equal(t, 6017, bob.do("TIMMsgConvertVoiceToText", text("file:///etc/passwd"), text("")).Code)
	service.Close()
	answer = bob.do("TIMMsgTranslateText", text(`["hello"]`), text(""), text("de"))
	assert.Equal(t, 60008, answer.Code)
	assert.NotContains(t, s.logText(), service.URL)
	assert.NotContains(t, s.logText(), "hello")
}

func TestWithoutAServiceACallSaysSo(t *testing.T) {
	t.Parallel()
	ann := startServer(t).chatter(t, "ann", "linux", t.TempDir())
	answer := ann.do("TIMMsgTranslateText", text(`["hello"]`), text(""), text("de"))
	assert.Equal(t, 60020, answer.Code)
	assert.Contains(t, *answer.Desc, "[translate]")
	answer = ann.do("TIMMsgConvertVoiceToText", text("http://files.example/1"), text(""))
	assert.Equal(t, 60020, answer.Code)
	assert.Contains(t, *answer.Desc, "[voice]")
}
