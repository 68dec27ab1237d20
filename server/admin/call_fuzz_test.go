package admin

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzREST calls any path with any query and body, as an administrator for the most part: the
// answer is JSON with a state that goes with its code, and nothing panics.
func FuzzREST(f *testing.F) {
	b := newBackend(f, 1<<30)
	for _, user := range []string{"ann", "bob"} {
		b.call("im_open_login_svc/account_import", `{"UserID":"`+user+`"}`)
	}
	paths := slices.Sorted(maps.Keys(b.rest.commands))
	for i := range paths {
		for _, body := range []string{`{}`, `{"From_Account":"ann","To_Account":"bob","MsgRandom":1,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"x"}}]}`,
			`{"UserID":"ann","To_Account":["bob"],"MaxCnt":10,"MinTime":0,"MaxTime":9999999999,"StartIndex":0,"TopTimeStamp":1,"AssistFlags":7}`} {
			f.Add(uint8(i), "", "", body)
		}
	}
	f.Add(uint8(255), "/v4/../x", "sdkappid=1&identifier=%00", "[")
	good := query().Encode()
	f.Fuzz(func(t *testing.T, which uint8, path, more, body string) {
		target := &url.URL{Path: "/v4/" + path, RawQuery: more}
		if int(which) < len(paths) {
			target = &url.URL{Path: "/v4/" + paths[which], RawQuery: strings.Trim(good+"&"+more, "&")}
		}
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://x", strings.NewReader(body))
		require.NoError(t, err)
		request.URL = target
		w := httptest.NewRecorder()
		b.rest.ServeHTTP(w, request)
		require.Equal(t, http.StatusOK, w.Code)
		var answer result
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &answer), w.Body.String())
		require.Equal(t, answer.ErrorCode == 0, answer.ActionStatus == "OK", w.Body.String())
		require.True(t, answer.ErrorCode == 0 || answer.ErrorInfo != "", w.Body.String())
	})
}
