package chaos

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// devices are those of the rules below.
var devices = map[string]string{"phone": "android", "tablet": "ipad", "pc": "windows", "page": "web",
	"one": "linux", "two": "linux", "three": "linux"}

// linuxTwice has room for two devices on Linux.
var linuxTwice = multi(map[string]int{"linux": 2})

// accountRules are what an account may be after what was seen of it.
var accountRules = []struct {
	name   string
	policy Policy
	seen   func(a *Account)
	want   string
}{
	{"nobody has logged in", dual(), func(*Account) {}, "[]"},
	{"a newcomer ends who it excludes", dual(), func(a *Account) {
		a.LoggedIn("phone")
		a.LoggedIn("page")
		a.LoggedIn("pc")
	}, "[page pc]"},
	{"the policies differ", triple(), func(a *Account) {
		a.LoggedIn("phone")
		a.LoggedIn("pc")
		a.LoggedIn("tablet")
	}, "[pc tablet]"},
	{"single means one", single(), func(a *Account) {
		a.LoggedIn("phone")
		a.LoggedIn("page")
	}, "[page]"},
	{"the earliest goes where a platform is full", linuxTwice, func(a *Account) {
		a.LoggedIn("two")
		a.LoggedIn("one")
		a.LoggedIn("three")
	}, "[one three]"},
	{"in a storm any may", linuxTwice, func(a *Account) {
		a.LoggedIn("two")
		a.LoggedIn("one")
		a.Storm()
		a.LoggedIn("three")
	}, "[one three] or [three two]"},
	{"a ghost goes first", linuxTwice, func(a *Account) {
		a.LoggedIn("one")
		a.LoggedIn("two")
		a.Left("two")
		a.LoggedIn("three")
	}, "[one three]"},
	{"of two at one moment either may be the last", single(), func(a *Account) { a.LoggedIn("phone", "pc") }, "[pc] or [phone]"},
	{"a failed login may have been done, or not", dual(), func(a *Account) {
		a.LoggedIn("phone")
		a.Failed("pc")
	}, "[] or [phone]"},
	{"or be done after what comes next", dual(), func(a *Account) {
		a.Failed("pc")
		a.LoggedIn("phone")
	}, "[] or [phone]"},
	{"a fresh ticket changes nothing", dual(), func(a *Account) {
		a.LoggedIn("phone")
		a.LoggedIn("page")
		a.Renewed("phone")
	}, "[page phone]"},
	{"unless the session had gone", dual(), func(a *Account) {
		a.LoggedIn("phone")
		a.LoggedIn("pc")
		a.Renewed("phone")
	}, "[phone]"},
	{"void is nobody", multi(nil), func(a *Account) {
		a.LoggedIn("phone")
		a.Failed("pc")
		a.Voided()
	}, "[]"},
}

func TestAccount(t *testing.T) {
	for _, tt := range accountRules {
		t.Run(tt.name, func(t *testing.T) {
			a := NewAccount(tt.policy, devices)
			tt.seen(a)
			assert.Equal(t, tt.want, a.Expected())
		})
	}
}

func TestSettleLeavesWhatAgrees(t *testing.T) {
	a := NewAccount(linuxTwice, devices)
	a.LoggedIn("one", "two")
	require.ErrorContains(t, a.Settle([]string{"one"}), "the model expects [one two]")
	require.NoError(t, a.Settle([]string{"two", "one"}))
	a.LoggedIn("three")
	assert.Equal(t, "[one three]", a.Expected(), "two was the first, as was seen")

	a.Failed("two")
	require.NoError(t, a.Settle([]string{"one", "three"}))
	a.LoggedIn("page")
	assert.Equal(t, "[one page three]", a.Expected(), "after a quiet point no login is late")
}

func TestFigures(t *testing.T) {
	f := NewFigures()
	f.Count("faults", "cut")
	f.Count("faults", "cut")
	f.Count("faults", "loss")
	for i := range 100 {
		f.Back(time.Duration(i+1) * time.Second)
	}
	assert.Equal(t, 3, f.Sum("faults"))
	assert.Equal(t, "faults: cut 2 · loss 1 · in all 3\n"+
		"online again after an outage (100): p50 50s, p99 1m39s, longest 1m40s\n", f.String())
	assert.Contains(t, NewFigures().String(), "(0): p50 0s, p99 0s, longest 0s")
}
