package usersig_test

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/usersig"
)

const (
	app    = 1400000001
	key    = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	issued = 1700000000
)

var keys = oneApp(app, key)

func oneApp(app uint64, key string) usersig.Keys {
	return func(asked uint64) ([]byte, bool) {
		return []byte(key), asked == app
	}
}

func at(unix int64) time.Time { return time.Unix(unix, 0) }

// pack makes a token out of any JSON text.
func pack(t testing.TB, text string) string {
	var packed bytes.Buffer
	w := zlib.NewWriter(&packed)
	_, err := w.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return envelope(packed.Bytes())
}

func envelope(packed []byte) string {
	return strings.NewReplacer("+", "*", "/", "-", "=", "_").Replace(base64.StdEncoding.EncodeToString(packed))
}

// unpack is the reverse, written apart from the code under test.
func unpack(t testing.TB, token string) string {
	packed, err := base64.StdEncoding.DecodeString(strings.NewReplacer("*", "+", "-", "/", "_", "=").Replace(token))
	require.NoError(t, err)
	r, err := zlib.NewReader(bytes.NewReader(packed))
	require.NoError(t, err)
	var text bytes.Buffer
	_, err = text.ReadFrom(r)
	require.NoError(t, err)
	return text.String()
}

func TestVerifyMakesItsChecksInOrder(t *testing.T) {
	const aliceSig = "bPWGshsc+vFLPeFEPa+tRfoL27JpAK0RfFmL+h3xO0A="
	alice := vectors[0].token
	tests := []struct {
		name  string
		token string
		app   uint64
		user  string
		now   int64
		keys  usersig.Keys
		check usersig.Check
		code  timerr.Code
		desc  string
	}{
		{"no ticket", "", 1, "bob", 1 << 40, oneApp(2, ""), usersig.CheckPresent, 70002, "the ticket is empty"},
		{"a ticket that cannot be read, before anything else", "AAAA", 1, "bob", 1 << 40, oneApp(2, ""),
			usersig.CheckForm, 70003, "the ticket cannot be read: what it holds is not a zlib stream"},
		{"an app that is not there", alice, 1, "bob", 1 << 40, keys,
			usersig.CheckAppKnown, 70020, "the server has no app 1"},
		{"an app without a key", alice, 1, "bob", 1 << 40, oneApp(1, ""),
			usersig.CheckAppKey, 70016, "the server has no key for app 1"},
		{"a ticket of another app", alice, 1400000002, "bob", 1 << 40, oneApp(1400000002, "other"),
			usersig.CheckApp, 70014, "the ticket is for app 1400000001, the server was asked for app 1400000002"},
		{"a ticket of another user", alice, app, "bob", 1 << 40, oneApp(app, "other"),
			usersig.CheckUser, 70013, `the ticket is for user "alice", the login is for "bob"`},
		{"the first second after the last", alice, app, "alice", 1700604801, oneApp(app, "other"),
			usersig.CheckExpiry, 70001, "the ticket expired 1 s ago by the server's clock 22:13:21 UTC"},
		{"another key", alice, app, "alice", 1700604800, oneApp(app, "other"),
			usersig.CheckSignature, 70009, "the ticket was not signed with the key of app 1400000001"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ticket, err := usersig.Verify(tt.token, tt.app, tt.user, at(tt.now), tt.keys)
			assert.Zero(t, ticket)
			assert.Equal(t, tt.code, timerr.CodeOf(err))
			assert.Equal(t, tt.desc, timerr.DescOf(err))
			assert.Equal(t, tt.check, usersig.FailedCheck(err))
			assert.NotContains(t, err.Error(), aliceSig)
		})
	}
}

func TestATicketIsGoodInItsLastSecondAndFromTheFuture(t *testing.T) {
	for _, now := range []int64{0, issued, 1700604800} {
		ticket, err := usersig.Verify(vectors[0].token, app, "alice", at(now), keys)
		require.NoError(t, err, now)
		assert.Equal(t, usersig.Ticket{User: "alice", App: app, Issued: issued, Expires: 1700604800}, ticket)
	}
}

func TestALongExpiredTicketIsToldWithTheDate(t *testing.T) {
	_, err := usersig.Verify(vectors[0].token, app, "alice", at(1700604800+3*24*60*60), keys)
	assert.Equal(t, "the ticket expired 3 days ago by the server's clock 2023-11-24 22:13:20 UTC", timerr.DescOf(err))
}

func TestWhatMakesNoDifference(t *testing.T) {
	text := unpack(t, vectors[0].token)
	tests := []struct{ name, text string }{
		{"a line break at the end", text + "\n"},
		{"keys that we do not know", strings.Replace(text, "{", `{"TLS.account_type":["0"],`, 1)},
		{"characters that are escaped", strings.Replace(text, "alice", `\u0061lice`, 1)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := usersig.Verify(pack(t, tt.text), app, "alice", at(issued), keys)
			assert.NoError(t, err)
		})
	}
}

// A key that is there is signed, even with nothing in it.
func TestAnEmptyUserbufIsPartOfTheSignature(t *testing.T) {
	text := strings.Replace(unpack(t, vectors[0].token), "{", `{"TLS.userbuf":"",`, 1)
	_, err := usersig.Verify(pack(t, text), app, "alice", at(issued), keys)
	assert.EqualValues(t, 70009, timerr.CodeOf(err))
}
