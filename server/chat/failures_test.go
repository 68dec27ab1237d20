package chat

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

var (
	home  = netip.MustParseAddr("192.0.2.1")
	other = netip.MustParseAddr("198.51.100.1")
	start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
)

func TestFailuresBlockAPair(t *testing.T) {
	f := newFailures(3, 100)
	for range 2 {
		f.add(1, "ann", home, start)
	}
	assert.Zero(t, f.blocked(1, "ann", home, start))
	f.add(1, "ann", home, start.Add(time.Second))
	assert.Equal(t, time.Minute, f.blocked(1, "ann", home, start.Add(time.Second)))
	assert.Zero(t, f.blocked(1, "ann", other, start), "from elsewhere ann comes in")
	assert.Zero(t, f.blocked(1, "bob", home, start), "so do others from there")
	assert.Zero(t, f.blocked(2, "ann", home, start), "and ann of another app")
	assert.Zero(t, f.blocked(1, "ann", home, start.Add(61*time.Second)), "it ends by itself")
}

func TestFailuresBlockAnAddress(t *testing.T) {
	f := newFailures(3, 10)
	for i := range 10 {
		f.add(1, fmt.Sprint(i), home, start)
	}
	assert.Equal(t, time.Minute, f.blocked(1, "ann", home, start))
	assert.Zero(t, f.blocked(1, "ann", other, start))
}

func TestFailuresAreForgottenAfterAMinute(t *testing.T) {
	f := newFailures(3, 100)
	for i := range 20 {
		f.add(1, "ann", home, start.Add(time.Duration(i)*30*time.Second)) // two a minute
		assert.Zero(t, f.blocked(1, "ann", home, start.Add(time.Duration(i)*30*time.Second)))
	}
}

func TestABlockedPairDoesNotStayBlockedByTrying(t *testing.T) {
	f := newFailures(1, 100)
	f.add(1, "ann", home, start)
	for i := range 60 {
		f.add(1, "ann", home, start.Add(time.Duration(i)*time.Second))
	}
	assert.Zero(t, f.blocked(1, "ann", home, start.Add(time.Minute)))
}

func TestFailuresAreBounded(t *testing.T) {
	f := newFailures(3, 100)
	for i := range maxTracked + 1000 {
		f.add(1, fmt.Sprint(i), home, start.Add(time.Duration(i)*time.Microsecond))
	}
	assert.Len(t, f.pairs.seen, maxTracked)
	f.add(1, "ann", home, start.Add(time.Hour))
	assert.Len(t, f.pairs.seen, 1, "stale ones make room first")
}

func TestNetwork(t *testing.T) {
	tests := []struct{ name, a, b string }{
		{"an IPv4 address is itself", "192.0.2.1", "192.0.2.1"},
		{"also when it is mapped", "192.0.2.1", "::ffff:192.0.2.1"},
		{"an IPv6 address is its network", "2001:db8::1", "2001:db8::ffff:1"},
		{"a zone makes no other address", "fe80::1%eth0", "fe80::1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, Network(netip.MustParseAddr(tt.a)), Network(netip.MustParseAddr(tt.b)))
		})
	}
	assert.NotEqual(t, Network(home), Network(netip.MustParseAddr("192.0.2.2")))
	assert.NotEqual(t, Network(netip.MustParseAddr("2001:db8::1")), Network(netip.MustParseAddr("2001:db8:0:1::1")))
}

func TestSubjectsHoldNoWildcards(t *testing.T) {
	seen := map[string]bool{}
	for _, user := range []string{">", "*", "a.b", "a b", "A", "a"} {
		subject := UserSubject(7, user)
		assert.Regexp(t, `^banter\.7\.u\.[a-z2-7]+$`, subject)
		assert.False(t, seen[subject], user)
		seen[subject] = true
	}
	assert.Regexp(t, `^banter\.node\.[a-z2-7]+$`, NodeSubject("node > 1"))
}
