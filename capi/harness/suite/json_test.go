package suite

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"io"
	"os/exec"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// checker is a running filter that writes a byte for each text.
type checker struct {
	in  io.WriteCloser
	out io.Reader
}

func startChecker(t testing.TB) *checker {
	return startFilter(t, "json_verdict", "json_verdict.c", "../json_check.c")
}

func startFilter(t testing.TB, name string, sources ...string) *checker {
	cmd := exec.Command(compile(t, name, sanitized, sources...))
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		in.Close()
		assert.NoError(t, cmd.Wait(), stderr.String())
	})
	return &checker{in, out}
}

// verdict says what the C check makes of text, as the filter tells it.
func (c *checker) verdict(t testing.TB, text []byte) string {
	frame := binary.LittleEndian.AppendUint32(nil, uint32(len(text)))
	_, err := c.in.Write(append(frame, text...))
	require.NoError(t, err)
	answer := make([]byte, 1)
	_, err = io.ReadFull(c.out, answer)
	require.NoError(t, err, "the check ended on %q", text)
	return string(answer)
}

// want is the verdict of encoding/json, with the differences that json_check.h names.
func want(text []byte) string {
	if i := bytes.IndexByte(text, 0); i >= 0 {
		text = text[:i] // C's end of a text
	}
	if !json.Valid(text) || !utf8.Valid(text) || hasLoneSurrogate(text) || depth(text) > 512 {
		return "-"
	}
	text = bytes.Trim(text, " \t\r\n")
	empty := len(bytes.Trim(text[1:max(1, len(text)-1)], " \t\r\n")) == 0
	switch {
	case text[0] == '{' && empty:
		return "O"
	case text[0] == '{':
		return "o"
	case text[0] == '[' && empty:
		return "A"
	case text[0] == '[':
		return "a"
	}
	return "s"
}

// depth counts how deep text nests, outside of strings.
func depth(text []byte) (deepest int) {
	open, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			open++
			deepest = max(deepest, open)
		case c == '}' || c == ']':
			open--
		}
	}
	return deepest
}

// hasLoneSurrogate finds an escaped surrogate without its other half, in valid JSON.
func hasLoneSurrogate(text []byte) bool {
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		i++
		if text[i] != 'u' {
			continue
		}
		unit := strings.ToLower(string(text[i+1 : i+5]))
		i += 4
		switch {
		case unit >= "dc00" && unit <= "dfff":
			return true
		case unit >= "d800" && unit <= "dbff":
			if i+6 >= len(text) || text[i+1] != '\\' || text[i+2] != 'u' {
				return true
			}
			low := strings.ToLower(string(text[i+3 : i+7]))
			if low < "dc00" || low > "dfff" {
				return true
			}
			i += 6
		}
	}
	return false
}

func TestJSONCheckDiffersFromEncodingJSONOnlyHere(t *testing.T) {
	check := startChecker(t)
	tests := []struct {
		name, text, want string
		valid            bool // what encoding/json says
	}{
		{"512 levels pass", strings.Repeat("[", 512) + strings.Repeat("]", 512), "a", true},
		{"513 levels are refused", strings.Repeat("[", 513) + strings.Repeat("]", 513), "-", true},
		{"bytes that are not UTF-8 are refused", "\"\xff\"", "-", true},
		{"an overlong form is refused", "\"\xc0\xaf\"", "-", true},
		{"a surrogate in UTF-8 is refused", "\"\xed\xa0\x80\"", "-", true},
		{"the first half of a pair alone is refused", `"\ud83d"`, "-", true},
		{"the second half of a pair alone is refused", `"\ude00"`, "-", true},
		{"the halves the wrong way round are refused", `"\ude00\ud83d"`, "-", true},
		{"an emoji as a pair passes", `{"a":"\ud83d\ude00"}`, "o", true},
		{"an emoji as UTF-8 passes", `{"a":"😀"}`, "o", true},
		{"a NUL ends the text", "{}\x00]", "O", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, check.verdict(t, []byte(tt.text)))
			assert.Equal(t, tt.valid, json.Valid([]byte(tt.text)))
		})
	}
}

func FuzzJSONCheck(f *testing.F) {
	for _, seed := range []string{
		``, ` `, `{}`, `[]`, ` [ ] `, `{"a":1}`, `{"a":{"b":[1,2,{"c":null}]}}`, `[1,]`, `[,1]`, `{,}`, `{"a"}`, `{"a":}`, `{"a":1,}`,
		`{1:2}`, `01`, `-`, `-0`, `1.`, `.5`, `1e`, `1e+`, `1E-2`, `0.1e9`, `true`, `tru`, `nulll`, `"\x"`, `"\u12"`, `"\ud83d\ude00"`,
		`"\ud83d\u0041"`, `"` + "\t" + `"`, `{}{}`, `{} x`, "\ufeff{}", `[[[]]`, `]`, `}`, `"`, `"\`, `"\"`, "[\"\xf4\x90\x80\x80\"]", "[\"\xe0\x80\x80\"]",
	} {
		f.Add([]byte(seed))
	}
	check := startChecker(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		assert.Equal(t, want(text), check.verdict(t, text), "%q", text)
	})
}
