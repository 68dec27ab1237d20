package usersig_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/usersig"
)

func TestExplain(t *testing.T) {
	const holds = `for user    "alice"
for app     1400000001
issued      2023-11-14 22:13:20 UTC (1700000000)
good until  2023-11-21 22:13:20 UTC (1700604800), 7 days after it was issued
userbuf     none
form        ok
`
	tests := []struct {
		name  string
		token string
		known usersig.Known
		words string
		code  timerr.Code
	}{
		{"nothing is known", vectors[0].token, usersig.Known{}, holds +
			"app         not checked: no app id given\n" +
			"user        not checked: no user given\n" +
			"expiry      not checked: no time given\n" +
			"signature   not checked: no key given\n", 0},
		{"all is well", vectors[0].token,
			usersig.Known{App: app, User: "alice", Key: []byte(key), Now: at(issued)}, holds +
				"app         ok\nuser        ok\nexpiry      ok\nsignature   ok\n", 0},
		{"every check fails, and the first one decides", vectors[0].token,
			usersig.Known{App: 7, User: "bob", Key: []byte("other"), Now: at(1700604835)}, holds +
				"app         FAILED with 70014: the ticket is for app 1400000001, the server was asked for app 7\n" +
				"user        FAILED with 70013: the ticket is for user \"alice\", the login is for \"bob\"\n" +
				"expiry      FAILED with 70001: the ticket expired 35 s ago by the server's clock 22:13:55 UTC\n" +
				"signature   FAILED with 70009: the ticket was not signed with the key of app 1400000001\n", 70014},
		{"a ticket that cannot be read", vectors[0].token[:100], usersig.Known{},
			"form        FAILED with 70003: the ticket cannot be read: it is cut short: its compressed data end too early\n", 70003},
		{"no ticket", "", usersig.Known{}, "form        FAILED with 70002: the ticket is empty\n", 70002},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			words, err := usersig.Explain(tt.token, tt.known)
			assert.Equal(t, tt.words, words)
			assert.Equal(t, tt.code, timerr.CodeOf(err))
		})
	}
}

func TestExplainQuotesWhatATerminalWouldObey(t *testing.T) {
	token := usersig.Sign(app, []byte(key), "\x1b[31m\n", at(issued), time.Minute, []byte{1, 2, 3})
	words, err := usersig.Explain(token, usersig.Known{})
	assert.NoError(t, err)
	assert.Contains(t, words, `for user    "\x1b[31m\n"`)
	assert.Contains(t, words, "userbuf     3 bytes\n")
}
