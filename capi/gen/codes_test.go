package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/capi/contract"
)

func load(t *testing.T) *contract.Contract {
	t.Helper()
	c, err := contract.Load()
	require.NoError(t, err)
	return c
}

// The names of codes are used all over the program: a change of the rules for them must
// not rename any by accident.
func TestNoCodeChangesItsName(t *testing.T) {
	want, err := os.ReadFile("testdata/code_names.txt")
	require.NoError(t, err)
	var got strings.Builder
	for _, c := range codeConsts(load(t).Errors) {
		fmt.Fprintln(&got, c.Name, c.Code)
	}
	assert.Equal(t, string(want), got.String())
}

func TestCodesSayWhatTheyMeanWithUs(t *testing.T) {
	texts := map[string]string{}
	for _, c := range codeConsts(load(t).Errors) {
		texts[c.Name] = c.Text
		assert.Regexp(t, `^".+[^.]"$|^`+"`.+`$", c.Text, "%s: a text without a full stop", c.Name)
		assert.NotRegexp(t, `(?i)\b(plan|console|flagship|header)\b`, c.Text, c.Name)
	}
	assert.Equal(t, `"not initialized"`, texts["SDKNotInitialized"])
	assert.Equal(t, `"not supported by this version"`, texts["SDKInterfaceNotSupport"])
	assert.Equal(t, `"The group id is taken"`, texts["SvrGroupGroupidInUsed"])
}

func TestMeaningsAreOfCodesThatExist(t *testing.T) {
	known := map[string]bool{}
	for _, e := range load(t).Errors {
		known[e.Name] = true
	}
	for name := range meanings {
		assert.True(t, known[name], name)
	}
}

func TestEveryCodeHasItsAdvice(t *testing.T) {
	for _, tt := range []struct {
		name string
		code int32
		want advice
	}{
		{"success needs none", 0, ""},
		{"an expired ticket is replaced", 70001, newTicket},
		{"a ticket that expired while online is replaced", 6206, newTicket},
		{"a revoked ticket is replaced", 70052, newTicket},
		{"a broken ticket comes from a broken backend", 70003, stop},
		{"another app's key is a wrong setting", 70009, stop},
		{"another user's ticket is the game's mistake", 70013, stop},
		{"no connection passes", 9508, tryAgain},
		{"a refused connection passes", 9511, tryAgain},
		{"no answer in time passes", 9520, tryAgain},
		{"a server that was never reached may be back", 9523, tryAgain},
		{"a request that is too large stays so", 9522, stop},
		{"too often passes", 70050, tryAgain},
		{"another device is not fought", 6208, stop},
		{"a missing TIMInit stays missing", 6013, stop},
		{"no login is no login", 6014, stop},
		{"a function that is not built does not appear", 7013, stop},
		{"what was interrupted was meant to be", 7009, stop},
		{"a bad user id stays bad", 7003, stop},
		{"the backend's refusal stands", 120001, stop},
		{"a code that nobody knows", 999999, stop},
	} {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, adviceFor(tt.code))
		})
	}
}

func TestAdviceIsAboutCodesThatExistAndGivenOnce(t *testing.T) {
	seen := map[int32]bool{}
	known := map[int32]bool{}
	for _, e := range load(t).Errors {
		known[e.Code] = true
	}
	for _, r := range advised {
		assert.True(t, known[r.first], "%d", r.first)
		assert.True(t, known[r.last], "%d", r.last)
		for code := r.first; code <= r.last; code++ {
			assert.False(t, seen[code], "%d", code)
			seen[code] = true
		}
	}
}
