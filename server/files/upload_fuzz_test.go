package files

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/wire"
)

// FuzzUploads starts uploads with any headers and sends them any bytes at any place: each
// request has an answer of the protocol, and none is the server's failure.
func FuzzUploads(f *testing.F) {
	f.Add("5", "kind aW1hZ2U=,filename YQ==", "0", tusType, []byte("hello"))
	f.Add("5", metadataOf("file", "a.bin"), "0", tusType, []byte("hello"))
	f.Add("-1", metadataOf("file", "a"), "9", "text/plain", []byte(""))
	f.Add("99999999999999999999", metadataOf("sound", "a"), "1e3", tusType, []byte("x"))
	f.Add("3", metadataOf("image", "a"), "0", tusType, []byte("\xff\xd8\xff"))
	site := newSite(f)
	server := New(Config{}, tokens{}, site.rows, site.bytes, &meter{uploaded: map[string]int64{}}, slog.New(slog.DiscardHandler))
	f.Cleanup(func() { server.Drain(context.Background()) })
	ask := func(t *testing.T, method, path string, body []byte, headers map[string]string) *httptest.ResponseRecorder {
		request, err := http.NewRequestWithContext(t.Context(), method, "http://x"+path, strings.NewReader(string(body)))
		require.NoError(t, err)
		request.Header.Set("Authorization", "Bearer "+ann)
		request.Header.Set("Tus-Resumable", tusVersion)
		for key, value := range headers {
			request.Header.Set(key, value)
		}
		answer := httptest.NewRecorder()
		server.ServeHTTP(answer, request)
		require.Less(t, answer.Code, 500, "%s %s %v: %s", method, path, headers, answer.Body)
		if answer.Code >= 400 && method != http.MethodHead {
			var why wire.FileError
			require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &why), answer.Body.String())
			require.NotEmpty(t, why.Desc)
		}
		return answer
	}
	f.Fuzz(func(t *testing.T, length, metadata, offset, contentType string, body []byte) {
		made := ask(t, http.MethodPost, wire.FilesPath, nil, map[string]string{"Upload-Length": length, "Upload-Metadata": metadata})
		at := made.Header().Get("Location")
		if at == "" {
			return
		}
		at = at[strings.Index(at, wire.FilesPath):]
		ask(t, http.MethodPatch, at, body, map[string]string{"Upload-Offset": offset, "Content-Type": contentType})
		ask(t, http.MethodHead, at, nil, nil)
		ask(t, http.MethodGet, at, nil, nil)
		ask(t, http.MethodDelete, at, nil, nil)
	})
}
