package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
)

// Bodies of REST calls that are deep, long or otherwise no use cost no more memory than they may, and are
// answered with what is wrong. Other calls go on meanwhile.
func TestHostileBodiesOfRESTCalls(t *testing.T) {
	p := startProcess(t, testFolder(t))
	deep := strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000)
	tests := []struct {
		name string
		body func() io.Reader
		code timerr.Code
	}{
		{"arrays in arrays", textBody(`{"CheckItem":` + deep + `}`), timerr.SvrCommReqJSONParseFailed},
		{"objects in objects", textBody(strings.Repeat(`{"a":`, 100_000) + "1" + strings.Repeat("}", 100_000)), timerr.SvrCommReqJSONParseFailed},
		{"arrays without an end", textBody(`{"CheckItem":` + strings.Repeat("[", 1_000_000)), timerr.SvrCommReqJSONParseFailed},
		{"a number of a million digits", textBody(`{"CheckItem":` + strings.Repeat("9", 1_000_000) + `}`), timerr.SvrAccountInvalidParameters},
		{"a number that is too large", textBody(`{"CheckItem":[{"UserID":1e999999}]}`), timerr.SvrCommInvalidIDFormat},
		{"many keys", textBody(`{"a":1` + strings.Repeat(`,"a":1`, 150_000) + `}`), timerr.SvrAccountInvalidParameters},
		{"100 MB", func() io.Reader { return io.LimitReader(endless{}, 100<<20) }, timerr.SvrCommRequestTimeout},
	}
	before := p.resident()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var all sync.WaitGroup
			for range 4 {
				all.Go(func() {
					for range 3 {
						p.hostile(t, tt.body(), tt.code)
					}
				})
			}
			for range 3 {
				answer := p.rest("im_open_login_svc/account_check", `{"CheckItem":[{"UserID":"administrator"}]}`)
				assert.Equal(t, "OK", answer.ActionStatus, answer.ErrorInfo)
			}
			all.Wait()
			t.Logf("memory from %d to %d MB", before>>20, p.resident()>>20)
		})
	}
	assert.Less(t, (p.resident()-before)>>20, int64(200), "MB of memory")
	assert.NotContains(t, p.log.String(), "panic")
}

func textBody(text string) func() io.Reader {
	return func() io.Reader { return bytes.NewReader([]byte(text)) }
}

// hostile makes a call, which must fail with a code. Of a body that is too long the server may cut the
// connection before all of it is written.
func (p process) hostile(t *testing.T, body io.Reader, code timerr.Code) {
	query := url.Values{"sdkappid": {strconv.FormatUint(p.AppID, 10)}, "identifier": {"administrator"},
		"usersig": {p.ticket("administrator", 3600)}, "random": {"1"}, "contenttype": {"json"}}
	response, err := http.Post(p.RestURL+"/v4/im_open_login_svc/account_check?"+query.Encode(), "application/json", body)
	if err != nil && code == timerr.SvrCommRequestTimeout {
		return
	}
	if !assert.NoError(t, err) {
		return
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	assert.Less(t, len(text), 1000, "what is wrong is not said back in full")
	var answer restAnswer
	assert.NoError(t, json.Unmarshal(text, &answer), string(text))
	assert.Equal(t, "FAIL", answer.ActionStatus)
	assert.Equal(t, code, answer.ErrorCode, answer.ErrorInfo)
}
