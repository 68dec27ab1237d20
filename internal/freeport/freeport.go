// Package freeport finds addresses for servers that tests start in other processes.
package freeport

import (
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"testing"
)

// The ports below those that systems give to who does not ask for one: between the choice
// here and the server's start no other connection can take it.
const (
	first = 10000
	last  = 30000
)

var (
	lock  sync.Mutex
	given = map[int]bool{}
)

// Address returns an address on loopback that nobody listens on, and that no other call in
// this process gets.
func Address(t testing.TB) string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(Port(t)))
}

// Port is Address's port alone.
func Port(t testing.TB) int {
	t.Helper()
	lock.Lock()
	defer lock.Unlock()
	for range 1000 {
		port := first + rand.IntN(last-first)
		if given[port] {
			continue
		}
		listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			continue
		}
		listener.Close()
		given[port] = true
		return port
	}
	t.Fatal("freeport: no free port on loopback")
	return 0
}
