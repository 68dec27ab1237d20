package usersig_test

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/usersig"
)

// unreadable is a ticket that is malformed, and a part of what is said of it.
type unreadable struct{ name, token, desc string }

// testUnreadable holds every malformation at 70003, with words that help.
func testUnreadable(t *testing.T, tests []unreadable) {
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := usersig.Verify(tt.token, app, "alice", at(issued), keys)
			assert.EqualValues(t, 70003, timerr.CodeOf(err))
			assert.Contains(t, timerr.DescOf(err), tt.desc)
			assert.Equal(t, usersig.CheckForm, usersig.FailedCheck(err))
		})
	}
}

func TestUnreadableEnvelopes(t *testing.T) {
	good := vectors[0].token
	text := unpack(t, good)
	raw, err := base64.StdEncoding.DecodeString(strings.NewReplacer("*", "+", "-", "/", "_", "=").Replace(good))
	require.NoError(t, err)
	damaged := bytes.Clone(raw)
	damaged[len(damaged)-1] ^= 1

	testUnreadable(t, []unreadable{
		{"longer than 8 KB", strings.Repeat("A", 8<<10+4), "it has 8196 characters"},
		{"cut in the middle of four characters", good[:50], "it is cut short: 50 characters"},
		{"cut between four characters", good[:100], "it is cut short: its compressed data end too early"},
		{"percent-encoded", good[:8] + "%2B" + good[8:], "it is percent-encoded at byte 8"},
		{"plain base64", strings.ReplaceAll(good, "*", "+"), "it is plain base64 at byte "},
		{"with a line break", good[:8] + "\n" + good[8:], "it holds white space at byte 8"},
		{"with a foreign character", good[:8] + "é" + good[8:], "byte 8 is none of a ticket's characters"},
		{"with padding in the middle", good[:8] + "____" + good[8:], "it is broken at byte 8"},
		{"not compressed", envelope([]byte(text)), "what it holds is not a zlib stream"},
		{"a byte after the compressed data", envelope(append(bytes.Clone(raw), 0)), "1 bytes follow its compressed data"},
		{"a second stream after the first", envelope(append(bytes.Clone(raw), raw...)), "bytes follow its compressed data"},
		{"a wrong checksum", envelope(damaged), "the checksum of its compressed data is wrong"},
		{"more than 16 KB inside", pack(t, text+strings.Repeat(" ", 16<<10)), "it unpacks to more than 16384 bytes"},
	})
}

func TestUnreadableDocuments(t *testing.T) {
	text := unpack(t, vectors[0].token)
	with := func(old, new string) string {
		require.Contains(t, text, old)
		return pack(t, strings.Replace(text, old, new, 1))
	}
	testUnreadable(t, []unreadable{
		{"not JSON", pack(t, text[:50]), "what it holds is not a JSON object"},
		{"a JSON array", pack(t, "["+text+"]"), "what it holds is not a JSON object"},
		{"two JSON objects", pack(t, text+text), "what it holds is not a JSON object"},
		{"not UTF-8", with("alice", "alic\xff"), "its JSON is not UTF-8"},
		{"a key twice", with(`"TLS.expire":604800`, `"TLS.expire":604800,"TLS.expire":1`), "its JSON has one key twice"},
		{"a key twice, spelt in another way", with(`"TLS.expire":604800`, `"TLS.expire":604800,"TLS.\u0065xpire":1`), "its JSON has one key twice"},
		{"no version", with(`"TLS.ver"`, `"x"`), "it has no TLS.ver"},
		{"no user", with(`"TLS.identifier"`, `"x"`), "it has no TLS.identifier"},
		{"a key in another case", with(`"TLS.sdkappid"`, `"tls.sdkappid"`), "it has no TLS.sdkappid"},
		{"no time", with(`"TLS.time"`, `"x"`), "it has no TLS.time"},
		{"no lifetime", with(`"TLS.expire"`, `"x"`), "it has no TLS.expire"},
		{"no signature", with(`"TLS.sig"`, `"x"`), "it has no TLS.sig"},
		{"an older version", with(`"2.0"`, `"1.0"`), `its TLS.ver is not "2.0"`},
		{"a version that is a number", with(`"2.0"`, `2.0`), "its TLS.ver is not a string"},
		{"an empty user", with(`"alice"`, `""`), "its TLS.identifier is empty"},
		{"a user that is null", with(`"alice"`, `null`), "its TLS.identifier is not a string"},
		{"a time with a fraction", with(`:1700000000`, `:1700000000.0`), "its TLS.time is not a whole number"},
		{"a lifetime with an exponent", with(`:604800`, `:6048e2`), "its TLS.expire is not a whole number"},
		{"a lifetime that is a string", with(`:604800`, `:"604800"`), "its TLS.expire is not a whole number"},
		{"a lifetime below nothing", with(`:604800`, `:-1`), "its TLS.expire is not a whole number"},
		{"a lifetime over an int64", with(`:604800`, `:9223372036854775808`), "its TLS.expire is not a whole number"},
		{"an app over a uint64", with(`:1400000001`, `:18446744073709551616`), "its TLS.sdkappid is not a whole number"},
		{"an end beyond an int64", with(`:604800`, `:9223372036854775807`), "together are beyond any clock"},
		{"userbuf that is not base64", with(`"TLS.sig"`, `"TLS.userbuf":"?","TLS.sig"`), "its TLS.userbuf is not base64"},
		{"userbuf with a line break", with(`"TLS.sig"`, `"TLS.userbuf":"AAAA\nAAAA","TLS.sig"`), "its TLS.userbuf is not base64"},
		{"userbuf that is null", with(`"TLS.sig"`, `"TLS.userbuf":null,"TLS.sig"`), "its TLS.userbuf is not a string"},
		{"a signature that is not base64", with(`xO0A=`, `xO0A`), "its TLS.sig is not base64"},
		{"a short signature", with(`bPWG`, ``), "its TLS.sig has 29 bytes, not 32"},
	})
}
