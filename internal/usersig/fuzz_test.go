package usersig_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/usersig"
)

// FuzzVerify changes a token, or what is inside it. Whatever comes out is refused with a
// ticket's code, or is signed when it is read by other code.
func FuzzVerify(f *testing.F) {
	for _, v := range vectors {
		f.Add(v.token, false)
		f.Add(v.token[:len(v.token)/2], false)
		f.Add(unpack(f, v.token), true)
	}
	f.Add(`{"TLS.ver":"2.0","TLS.ver":"2.0"}`, true)
	f.Fuzz(func(t *testing.T, token string, isText bool) {
		if isText {
			token = pack(t, token)
		}
		ticket, err := usersig.Verify(token, app, "alice", at(issued), keys)
		verified := usersig.NewVerified(1)
		for range 2 { // what is found again is the same
			again, failed := verified.Verify(token, app, "alice", at(issued), keys)
			assert.Equal(t, ticket, again)
			assert.Equal(t, err, failed)
		}
		if err != nil {
			assert.NotEmpty(t, usersig.FailedCheck(err))
			assert.NotEqual(t, timerr.SDKInternalError, timerr.CodeOf(err))
			return
		}
		assert.Equal(t, "alice", ticket.User)
		assertSigned(t, unpack(t, token))
	})
}

// assertSigned reads a document with encoding/json and works its HMAC out anew.
func assertSigned(t *testing.T, text string) {
	var doc struct {
		User    string      `json:"TLS.identifier"`
		App     json.Number `json:"TLS.sdkappid"`
		Time    json.Number `json:"TLS.time"`
		Expire  json.Number `json:"TLS.expire"`
		UserBuf *string     `json:"TLS.userbuf"`
		Sig     []byte      `json:"TLS.sig"`
	}
	require.NoError(t, json.Unmarshal([]byte(text), &doc))
	signed := fmt.Sprintf("TLS.identifier:%s\nTLS.sdkappid:%s\nTLS.time:%s\nTLS.expire:%s\n",
		doc.User, doc.App, doc.Time, doc.Expire)
	if doc.UserBuf != nil {
		signed += "TLS.userbuf:" + *doc.UserBuf + "\n"
	}
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(signed))
	assert.Equal(t, base64.StdEncoding.EncodeToString(h.Sum(nil)), base64.StdEncoding.EncodeToString(doc.Sig))
}

// FuzzSignVerify holds that what was signed verifies, and says what was signed.
func FuzzSignVerify(f *testing.F) {
	f.Add(uint64(app), key, "alice", int64(issued), uint32(604800), []byte(nil))
	f.Add(uint64(1), "k", "a\nTLS.sdkappid:2\n", int64(0), uint32(0), []byte{0})
	f.Add(^uint64(0), "\x00", `<&>"\`, int64(1)<<40, uint32(1<<31), []byte("0123456789"))
	f.Fuzz(func(t *testing.T, app uint64, key, user string, issued int64, expire uint32, userbuf []byte) {
		if key == "" || user == "" || !utf8.ValidString(user) || len(user) > 256 || len(userbuf) > 256 ||
			issued < 0 || issued > 1<<50 {
			t.Skip()
		}
		token := usersig.Sign(app, []byte(key), user, at(issued), time.Duration(expire)*time.Second, userbuf)
		ticket, err := usersig.Verify(token, app, user, at(issued+int64(expire)), oneApp(app, key))
		require.NoError(t, err)
		assert.True(t, bytes.Equal(userbuf, ticket.UserBuf))
		ticket.UserBuf = nil
		assert.Equal(t, usersig.Ticket{User: user, App: app, Issued: issued, Expires: issued + int64(expire)}, ticket)

		_, err = usersig.Verify(token, app, user, at(issued), oneApp(app, key+"x"))
		assert.EqualValues(t, 70009, timerr.CodeOf(err))
	})
}

func BenchmarkVerify(b *testing.B) {
	token := vectors[0].token
	now := at(issued)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := usersig.Verify(token, app, "alice", now, keys); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerifyAgain(b *testing.B) {
	verified := usersig.NewVerified(1)
	now := at(issued)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := verified.Verify(vectors[0].token, app, "alice", now, keys); err != nil {
			b.Fatal(err)
		}
	}
}
