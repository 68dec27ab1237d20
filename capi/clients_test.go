package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// A client's requests are started in order; one that may take long holds up those behind
// it, and nobody else.
func TestLane(t *testing.T) {
	first, login := &request{function: fnLogin}, &request{function: fnLogin}
	closing, last := &request{function: fnUninit}, &request{function: farewell}
	var l lane
	begin, order := make(chan struct{}), make(chan *request, 10)
	catchUp := func() {
		<-begin
		for req := l.next(); req != nil; req = l.next() {
			order <- req
		}
		close(order)
	}
	never := func() { t.Error("one goroutine at a time works through a lane") }

	assert.False(t, l.put(first, never), "it is started at once")
	assert.True(t, l.put(closing, catchUp))
	assert.True(t, l.put(login, never), "it waits for the one before it")
	assert.True(t, l.put(last, never))
	var other lane
	assert.False(t, other.put(first, never), "another client's is not held up")

	close(begin)
	var got []*request
	for req := range order {
		got = append(got, req)
	}
	assert.Equal(t, []*request{closing, login, last}, got)
	assert.False(t, l.put(first, never), "the lane is free again")
}
