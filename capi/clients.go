package main

/*
#include "go_side.h"
*/
import "C"

import (
	"strconv"
	"sync"

	"github.com/banter-im/banter/core"
)

// library takes the requests of all clients of the process. Only serve's goroutine uses it.
type library struct {
	files   *core.LogFiles
	disk    *core.Disk
	clients map[*C.struct_tim_client]*boundary
}

func newLibrary() *library {
	return &library{files: core.NewLogFiles(), disk: core.NewDisk(), clients: map[*C.struct_tim_client]*boundary{}}
}

// serve takes all requests that wait, and hands each to its client's boundary, for as long
// as the process lives. It alone waits in C.
func (l *library) serve() {
	for {
		for block := C.tim_wait(); block != nil; {
			next := C.tim_next(block) // now: an answered block is C's again
			req := newRequest(block)
			l.boundary(req).take(req)
			block = next
		}
	}
}

// boundary returns that of a request's client. A client that bids farewell is forgotten:
// no request of it comes after that one.
func (l *library) boundary(req *request) *boundary {
	b := l.clients[req.c]
	if b == nil {
		b = &boundary{c: req.c, name: nameOf(req.c), settings: core.NewSettings(l.files), disk: l.disk, keeper: &keeper{c: req.c}}
		l.clients[req.c] = b
	}
	if req.function == farewell {
		delete(l.clients, req.c)
	}
	return b
}

// nameOf tells clients apart in the log, where there are several: it is the handle.
func nameOf(c *C.struct_tim_client) string {
	if handle := C.tim_handle(c); handle != 0 {
		return strconv.FormatUint(uint64(handle), 10)
	}
	return ""
}

// farewell is a client's last request, which is no function of the API.
const farewell = C.TIM_FAREWELL

// lane keeps a client's requests in order while one of them takes its time, so that the
// other clients need not wait for it.
type lane struct {
	mu      sync.Mutex
	busy    bool // a goroutine works through waiting
	waiting []*request
}

// mayWait tells whether a request can take long: starting a client writes files, and
// closing one waits for its goroutines.
func mayWait(req *request) bool {
	return req.function == fnInit || req.function == fnUninit || req.function == farewell
}

// take starts a request at once, or after those that are under way.
func (b *boundary) take(req *request) {
	if !b.lane.put(req, b.catchUp) {
		b.start(req)
	}
}

// put queues a request that cannot be started at once, and says whether it did; the first
// one has catchUp spawned.
func (l *lane) put(req *request, catchUp func()) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.busy && !mayWait(req) {
		return false
	}
	l.waiting = append(l.waiting, req)
	if !l.busy {
		l.busy = true
		spawn(catchUp)
	}
	return true
}

// next takes the oldest request off the queue; nil ends the work on it.
func (l *lane) next() *request {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) == 0 {
		l.busy, l.waiting = false, nil
		return nil
	}
	req := l.waiting[0]
	l.waiting = l.waiting[1:]
	return req
}

func (b *boundary) catchUp() {
	for req := b.lane.next(); req != nil; req = b.lane.next() {
		b.start(req)
	}
}
