package console

import (
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func handler() http.Handler {
	return New(Config{App: 7, Ticket: func(user string, expire time.Duration) (string, error) {
		if user == "" {
			return "", errors.New("user must be 1 to 32 bytes of printable ASCII")
		}
		return "ticket of " + user + " for " + expire.String(), nil
	}})
}

func TestWhoIsAnswered(t *testing.T) {
	tests := []struct {
		name, method, path, host, body string
		header                         map[string]string
		status                         int
		want                           string
	}{
		{"the page", "GET", "/", "127.0.0.1:8080", "", nil, 200, "<!doctype html>"},
		{"its script", "GET", "/page.js", "localhost:8080", "", nil, 200, "import"},
		{"by IPv6", "GET", "/", "[::1]:8080", "", nil, 200, "<!doctype html>"},
		{"a name that points here", "GET", "/", "evil.example:8080", "", nil, 403, "open this page by"},
		{"a file that is not there", "GET", "/none.js", "127.0.0.1", "", nil, 404, "404"},
		{"a login", "POST", "/console/login", "127.0.0.1:8080", `{"user_id":"ann"}`, nil, 200,
			`{"sdk_app_id":7,"user_id":"ann","user_sig":"ticket of ann for 1h0m0s"}`},
		{"a login from another page", "POST", "/console/login", "127.0.0.1:8080", `{"user_id":"ann"}`,
			map[string]string{"Sec-Fetch-Site": "cross-site"}, 403, "cross-origin"},
		{"a login with another origin", "POST", "/console/login", "127.0.0.1:8080", `{"user_id":"ann"}`,
			map[string]string{"Origin": "http://evil.example"}, 403, "cross-origin"},
		{"a login by a link", "GET", "/console/login?user_id=ann", "127.0.0.1:8080", "", nil, 404, "404"},
		{"nobody", "POST", "/console/login", "127.0.0.1", `{}`, nil, 400, "user must be"},
		{"no JSON", "POST", "/console/login", "127.0.0.1", `ann`, nil, 400, "no JSON object"},
		{"too much", "POST", "/console/login", "127.0.0.1", `{"user_id":"` + strings.Repeat("a", 2000) + `"}`, nil, 400, "no JSON object"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(tt.method, tt.path, strings.NewReader(tt.body))
			r.Host = tt.host
			for key, value := range tt.header {
				r.Header.Set(key, value)
			}
			w := httptest.NewRecorder()
			handler().ServeHTTP(w, r)
			assert.Equal(t, tt.status, w.Code)
			assert.Contains(t, w.Body.String(), tt.want)
		})
	}
}

// What a page loads from elsewhere is missing without a network.
func TestThePageNeedsNoOtherServer(t *testing.T) {
	elsewhere := regexp.MustCompile(`(?i)(https?:)?//[a-z0-9.-]+\.[a-z]{2,}|innerHTML|style="|<script>`)
	require.NoError(t, fs.WalkDir(files, "page", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, path)
		require.NoError(t, err)
		assert.NotRegexp(t, elsewhere, string(text), path)
		return nil
	}))
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "/", nil)
	r.Host = "127.0.0.1"
	handler().ServeHTTP(w, r)
	assert.Contains(t, w.Header().Get("Content-Security-Policy"), "default-src 'none'")
}
