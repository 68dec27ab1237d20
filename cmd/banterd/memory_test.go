package main

import (
	"context"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheCollectorHasRoom(t *testing.T) {
	const mb = 1 << 20
	for _, c := range []struct {
		name    string
		heap    heap
		machine uint64
		want    int
	}{
		{"nothing is used yet: the runtime's least, times eight", heap{}, 0, 800},
		{"a little", heap{live: 3 * mb, stacks: mb}, 0, 800},
		{"less than the room", heap{live: 10 * mb, stacks: 5 * mb, globals: mb}, 0, 200},
		{"as much as the room", heap{live: 20 * mb, stacks: 12 * mb}, 0, 100},
		{"far more, of an unknown memory: as the runtime does", heap{live: 300 * mb}, 0, 100},
		{"far more, of a large one: twice", heap{live: 200 * mb, stacks: 100 * mb}, 8192 * mb, 200},
		{"no more than a quarter of it in all", heap{live: 200 * mb}, 2048 * mb, 156},
		{"more than a quarter already: as the runtime does", heap{live: 300 * mb}, 1024 * mb, 100},
		{"the room stays", heap{live: 10 * mb}, 64 * mb, 320},
	} {
		assert.Equal(t, c.want, c.heap.percent(c.machine), c.name)
	}
}

func TestTheMachinesMemoryIsKnown(t *testing.T) {
	assert.Greater(t, machineMemory(), uint64(64<<20), "0 would mean that it is not")
}

func TestMemoryIsTrimmedWhenAllIsQuiet(t *testing.T) {
	const mb = 1 << 20
	start := time.Now()
	after := func(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }
	wasteful := func(ever uint64) heap {
		return heap{live: 40 * mb, stacks: 40 * mb, objects: 70 * mb, ever: ever * mb}
	}
	var trimmer trimmer
	assert.False(t, trimmer.due(wasteful(1000), after(0)), "much was allocated since the last look")
	assert.True(t, trimmer.due(wasteful(1001), after(1)), "little was, and 30 MB are garbage")
	assert.True(t, trimmer.due(wasteful(1002), after(2)), "it has just been done, and one may be done ahead")
	assert.False(t, trimmer.due(wasteful(1003), after(3)), "more may not")
	assert.False(t, trimmer.due(wasteful(1003), after(32)), "two took 64 seconds, for 80 MB each")
	assert.True(t, trimmer.due(wasteful(1004), after(33)), "one of them has passed")
	assert.False(t, trimmer.due(wasteful(1005), after(64)), "on the whole one in 32 seconds")
	assert.True(t, trimmer.due(wasteful(1006), after(65)))
	assert.False(t, trimmer.due(wasteful(1020), after(1000)), "players are at work")

	small := heap{live: 40 * mb, stacks: 40 * mb, objects: 50 * mb, free: 9 * mb, ever: 1020 * mb}
	assert.False(t, trimmer.due(small, after(1001)), "19 MB are less than a quarter")
	small.free++
	small.objects += mb
	assert.True(t, trimmer.due(small, after(1002)), "what is free counts too")
	tiny := heap{live: mb, objects: 4 * mb, ever: 1020 * mb}
	assert.False(t, trimmer.due(tiny, after(2000)), "not for less than 4 MB")
}

var garbage []byte

// What a server does, in the process of the test.
func TestTheHeapIsKept(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		keepHeap(ctx)
	}()
	defer func() {
		cancel()
		<-ended
	}()
	used := make([]byte, 48<<20) // so that the room is less than is used
	most := uint64(100 * heapTimes)
	require.Eventually(t, func() bool {
		runtime.GC()
		return readPercent() <= most
	}, time.Minute, 50*time.Millisecond, "it is paced after a collection")
	runtime.KeepAlive(used)
	used = nil
	require.Eventually(t, func() bool {
		runtime.GC()
		return readPercent() > most
	}, time.Minute, 50*time.Millisecond, "and after the next ones")

	for range 10 * heapRoom / 1024 { // it ends somewhere between two collections
		garbage = make([]byte, 1024)
	}
	for h := readHeap(); h.objects-h.live < 16<<20; h = readHeap() {
		garbage = make([]byte, 1024)
	}
	require.Eventually(t, func() bool {
		h := readHeap()
		return h.objects < 12<<20 && h.free < 12<<20
	}, time.Minute, 50*time.Millisecond, "the system has it back, and nobody else has asked for a collection")
}

func readPercent() uint64 {
	sample := []metrics.Sample{{Name: "/gc/gogc:percent"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
