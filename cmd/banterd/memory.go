package main

import (
	"context"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

const (
	// heapRoom is how much is allocated at least before the collector runs. By itself it runs whenever
	// the heap has doubled: on a server with few players, where that is a few megabytes, ten times in
	// a second of many logins.
	heapRoom = 32 << 20

	// heapTimes is how many times what is used may be allocated before the collector runs, as long as the
	// machine has four times the memory that this takes in all. Once is what the runtime does by itself.
	heapTimes = 2
	heapShare = 4

	// mostPercent makes heapRoom of the 4 MB up to which the runtime lets a heap grow at 100 percent,
	// however little of it is used.
	mostPercent = 800

	// trimPerSecond is how many used bytes may be trimmed in a second. A trim takes up to two milliseconds
	// of a core for each megabyte of them, so that trims take at most half a percent of one.
	trimPerSecond = 5 << 19
)

// keepHeap keeps the collector from running too often while there is much to do, and gives memory
// back while there is little, until ctx ends. Who has set GOGC decides how often it runs.
func keepHeap(ctx context.Context) {
	if os.Getenv("GOGC") == "" {
		pace := pacer(machineMemory())
		pace()
		afterEachCollection(ctx, pace)
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for t := (trimmer{}); ; {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			if t.due(readHeap(), now) {
				debug.FreeOSMemory()
			}
		}
	}
}

// heap is what the runtime says of its memory, in bytes.
type heap struct {
	live    uint64 // after the last collection
	objects uint64 // now, with what nobody uses any more
	free    uint64 // that the system could have back
	stacks  uint64
	globals uint64
	ever    uint64 // all that was ever allocated
}

func readHeap() heap {
	samples := []metrics.Sample{
		{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/heap/free:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"},
		{Name: "/gc/scan/globals:bytes"}, {Name: "/gc/heap/allocs:bytes"},
	}
	metrics.Read(samples)
	bytes := func(at int) uint64 { return samples[at].Value.Uint64() }
	return heap{live: bytes(0), objects: bytes(1), free: bytes(2), stacks: bytes(3), globals: bytes(4), ever: bytes(5)}
}

// percent is that at which the collector runs next when heapRoom has been allocated, or heapTimes of what is
// used, or as much as is used where the machine's memory is short.
func (h heap) percent(machine uint64) int {
	used := max(1, h.live+h.stacks+h.globals)
	room := max(heapRoom, used)
	if most := machine / heapShare; most > used {
		room = max(room, min(heapTimes*used, most-used))
	}
	return int(min(100*room/used, mostPercent))
}

// machineMemory is how much memory the machine has, or may be taken of it by what this process is
// one of, such as a container; 0 when that is not known.
func machineMemory() uint64 {
	all, err := memlimit.FromSystem()
	if err != nil {
		return 0
	}
	if limit, err := memlimit.FromCgroup(); err == nil {
		return min(all, limit)
	}
	return all
}

// pacer returns what sets the collector's percent to that of the heap. Setting it stops the world for a moment,
// so it is done when it is another one.
func pacer(machine uint64) func() {
	last := 0
	return func() {
		if percent := readHeap().percent(machine); percent != last {
			last = percent
			debug.SetGCPercent(percent)
		}
	}
}

// afterEachCollection calls f after every run of the collector, until ctx ends.
func afterEachCollection(ctx context.Context, f func()) {
	type sentinel struct{ _ *byte } // nobody uses it: each run finds it so
	var found func(*sentinel)
	found = func(s *sentinel) {
		if ctx.Err() == nil {
			f()
			runtime.SetFinalizer(s, found)
		}
	}
	runtime.SetFinalizer(&sentinel{}, found)
}

// trimmer decides when the system gets memory back.
type trimmer struct {
	ever uint64    // heap.ever at the last look
	paid time.Time // until then, trims that are done have used up what they may take
}

// due says whether little is being allocated, and a quarter more is held than is used. By itself the
// collector would run when that has doubled, which may be never while all is silent.
//
// One trim may be done ahead of its time: who comes in two storms does not leave the garbage of the
// second for as long as the trim after the first one has to be waited for.
func (t *trimmer) due(h heap, now time.Time) bool {
	used := h.live + h.stacks
	lately := h.ever - t.ever
	t.ever = h.ever
	waste := max(h.objects, h.live) - h.live + h.free
	takes := time.Duration(float64(used) / trimPerSecond * float64(time.Second))
	if lately > used/32 || waste < max(used/4, 4<<20) || t.paid.After(now.Add(takes)) {
		return false
	}
	if t.paid.Before(now) {
		t.paid = now
	}
	t.paid = t.paid.Add(takes)
	return true
}
