// Package bustest is what every chat.Bus must do, as tests.
package bustest

import (
	"testing"
	"time"

	"github.com/banter-im/banter/server/chat"
)

// test is one of the suite, with a bus of its own.
type test struct {
	name string
	run  func(t *testing.T, a, b chat.Bus)
}

// Run checks the buses that open returns two ends of; each test gets a new one.
func Run(t *testing.T, open func(t *testing.T) (a, b chat.Bus)) {
	for _, group := range [][]test{requestTests, publishTests, closeTests} {
		for _, tt := range group {
			t.Run(tt.name, func(t *testing.T) {
				a, b := open(t)
				tt.run(t, a, b)
			})
		}
	}
}

// soon is long enough for any bus to have done what it will do. No test that passes
// waits for it.
const soon = 10 * time.Second

// subject is one that a user with an awkward name has.
var subject = chat.UserSubject(1400000001, "> * a.b")

// receive takes the next value, or fails the test.
func receive[T any](t *testing.T, from <-chan T) (value T) {
	t.Helper()
	select {
	case value = <-from:
	case <-time.After(soon):
		t.Fatal("nothing came")
	}
	return value
}
