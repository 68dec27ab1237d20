package suite

import (
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pieceSize is how much of a secret may not be found anywhere.
const pieceSize = 24

// secrets are texts that may stand in no log, by their names.
type secrets struct {
	pieces map[string]string // what each piece of a secret is a piece of
}

func newSecrets() *secrets { return &secrets{map[string]string{}} }

// add adds a secret, and returns it.
func (s *secrets) add(t testing.TB, name, secret string) string {
	t.Helper()
	require.GreaterOrEqual(t, len(secret), pieceSize, "%s is too short to be searched for", name)
	for i := range len(secret) - pieceSize + 1 {
		s.pieces[secret[i:i+pieceSize]] = name
	}
	return secret
}

// found returns the names of the secrets of which a text has a piece.
func (s *secrets) found(text string) []string {
	var names []string
	for i := range max(0, len(text)-pieceSize+1) {
		if name, ok := s.pieces[text[i:i+pieceSize]]; ok && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func TestTheSearchForSecrets(t *testing.T) {
	const ticket = "eJwtzMsKgzAQheFXKbPuYhJz1VeRLmIyagg"
	s := newSecrets()
	s.add(t, "ticket", ticket)
	s.add(t, "key", strings.Repeat("0123456789abcdef", 4))
	tests := []struct {
		name, text string
		want       []string
	}{
		{"a whole secret is found", "level=INFO msg=login sig=" + ticket + " user=ann\n", []string{"ticket"}},
		{"so is one alone", ticket, []string{"ticket"}},
		{"a piece of 24 from its middle is enough", `{"sig":"` + ticket[7:31] + `…"}`, []string{"ticket"}},
		{"23 are too little", ticket[7:30], nil},
		{"each is told once, in the text's order", "cdef0123456789abcdef012345 " + ticket + ticket, []string{"key", "ticket"}},
		{"nothing is found in nothing", "", nil},
		{"nor in a line without", "level=INFO msg=login user=ann\n", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { assert.Equal(t, tt.want, s.found(tt.text)) })
	}
}

// texts are what was written somewhere, by where.
type texts map[string]string

// addFile adds what a file holds.
func (x texts) addFile(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	x[path] = string(text)
}

// addFolder adds every file below a folder, except those of the names.
func (x texts) addFolder(t *testing.T, folder string, except ...string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() && !slices.Contains(except, entry.Name()) {
			x.addFile(t, path)
		}
		return err
	}))
}

// addPage adds what a GET of an address answers, by name, and returns its body.
func (x texts) addPage(t *testing.T, name, url string) string {
	t.Helper()
	answer, err := http.Get(url)
	require.NoError(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	x[name] = fmt.Sprintln(answer.Status, answer.Header) + string(body)
	return string(body)
}
