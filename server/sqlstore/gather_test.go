package sqlstore

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// gathering is a gatherer whose groups are done when a test says so. All of them are large.
type gathering struct {
	*gatherer
	t      *testing.T
	groups chan []*entry
	ends   chan bool // of a group: whether all have succeeded
}

func newGathering(t *testing.T, patience, slowAfter time.Duration) *gathering {
	g := &gathering{t: t, groups: make(chan []*entry), ends: make(chan bool)}
	g.gatherer = newGatherer(func(group []*entry) bool {
		g.groups <- group
		all := <-g.ends
		for _, e := range group {
			if all {
				e.done <- nil
			} else {
				e.done <- errAlone
			}
		}
		return all
	})
	g.patience, g.slowAfter, g.few = patience, slowAfter, 0
	t.Cleanup(g.close)
	return g
}

// comes has an operation about something come, and returns it.
func (g *gathering) comes(about subject, soon bool) *entry {
	e := &entry{ctx: g.t.Context(), about: about, soon: soon, done: make(chan error, 1)}
	g.add(e)
	return e
}

// next returns the group that is to be done next.
func (g *gathering) next() []*entry {
	g.t.Helper()
	select {
	case group := <-g.groups:
		return group
	case <-time.After(20 * time.Second):
		require.Fail(g.t, "no group")
		return nil
	}
}

func (g *gathering) none() {
	g.t.Helper()
	select {
	case group := <-g.groups:
		assert.Fail(g.t, "a group", "%v", group)
	case <-time.After(30 * time.Millisecond):
	}
}

func TestWhatComesMeanwhileGoesTogether(t *testing.T) {
	g := newGathering(t, time.Hour, time.Hour)
	first := g.comes("ann", false)
	assert.Equal(t, []*entry{first}, g.next(), "it does not wait for others")
	again, bob, end := g.comes("ann", false), g.comes("bob", false), g.comes("carl", true)
	twice, carl := g.comes("bob", false), g.comes("carl", false)
	g.none()
	g.ends <- true
	assert.NoError(t, <-first.done)
	assert.Equal(t, []*entry{again, bob, end, carl}, g.next(), "an end is before the login behind it, and one of two logins waits")
	g.ends <- true
	assert.Equal(t, []*entry{twice}, g.next())
	g.ends <- true
}

func TestAFewDoNotWaitForEachOther(t *testing.T) {
	g := newGathering(t, time.Hour, time.Hour)
	g.few = 2
	for i := range maxGroups {
		e := g.comes(subject(fmt.Sprint(i)), false)
		assert.Equal(t, []*entry{e}, g.next())
	}
	var many []*entry
	for i := range g.few + 1 {
		many = append(many, g.comes(subject(fmt.Sprint("many", i)), false))
	}
	g.none()
	g.ends <- true
	assert.Equal(t, many, g.next())
	late := g.comes("late", false)
	for range maxGroups - 1 { // those that were first, as they have waited longest
		g.ends <- true
	}
	g.none() // a large one is under way
	g.ends <- true
	assert.Equal(t, []*entry{late}, g.next())
	g.ends <- true
}

func TestAGroupIsBounded(t *testing.T) {
	g := newGathering(t, time.Hour, time.Hour)
	g.comes("first", false)
	g.next()
	var all []*entry
	for i := range maxTogether + 1 {
		all = append(all, g.comes(subject(fmt.Sprint(i)), false))
	}
	g.ends <- true
	assert.Equal(t, all[:maxTogether], g.next())
	g.ends <- true
	assert.Equal(t, all[maxTogether:], g.next())
	g.ends <- true
}

// When all links are lost at once, those who come back do not wait until all of that is written down.
func TestNobodyWaitsBehindWhatNobodyWaitsFor(t *testing.T) {
	g := newGathering(t, time.Hour, time.Hour)
	g.comes("first", false)
	g.next()
	var ends []*entry
	for i := range 2*maxTogether + 3 {
		ends = append(ends, g.comes(subject(fmt.Sprint(i)), true))
	}
	last := len(ends) - 1
	own := g.comes(ends[last].about, true)
	ann, back := g.comes("ann", false), g.comes(ends[last].about, false)
	behind := g.comes(ends[last].about, true)
	g.ends <- true
	assert.Equal(t, append([]*entry{ann, ends[last], own, back}, ends[:maxTogether]...), g.next(), "but behind its own end")
	g.ends <- true
	assert.Equal(t, append([]*entry{behind}, ends[maxTogether:2*maxTogether]...), g.next())
	g.ends <- true
	g.none()
	bob := g.comes("bob", false)
	assert.Equal(t, append([]*entry{bob}, ends[2*maxTogether:last]...), g.next(), "they are too few to be done alone so soon")
	g.ends <- true
}

func TestWhatNobodyWaitsForDoesNotWaitLong(t *testing.T) {
	g := newGathering(t, time.Millisecond, time.Hour)
	one := g.comes("ann", true)
	assert.Equal(t, []*entry{one}, g.next())
	g.ends <- true
}

func TestEnoughThatNobodyWaitsForMakesAGroup(t *testing.T) {
	g := newGathering(t, time.Hour, time.Hour)
	var all []*entry
	for i := range enoughSoon - 1 {
		all = append(all, g.comes(subject(fmt.Sprint(i)), true))
	}
	g.none()
	all = append(all, g.comes("last", true))
	assert.Equal(t, all, g.next())
	g.ends <- true
}

// An end that is due, but about what is under way, is done behind that.
func TestAnEndBehindALoginIsDone(t *testing.T) {
	g := newGathering(t, time.Millisecond, time.Hour)
	g.comes("ann", false)
	g.next()
	end := g.comes("ann", true)
	g.none()
	g.ends <- true
	assert.Equal(t, []*entry{end}, g.next())
	g.ends <- true
}

func TestWhatIsNotDueWaitsBesideWhatIsBusy(t *testing.T) {
	g := newGathering(t, time.Hour, time.Hour)
	g.few = 2
	g.comes("ann", false)
	g.next()
	again, end := g.comes("ann", false), g.comes("bob", true)
	g.none()
	g.ends <- true
	assert.Equal(t, []*entry{again, end}, g.next())
	g.ends <- true
}

func TestASlowGroupKeepsNobodyElseWaiting(t *testing.T) {
	g := newGathering(t, time.Hour, time.Millisecond)
	g.comes("ann", false)
	g.next()
	again, bob := g.comes("ann", false), g.comes("bob", false)
	assert.Equal(t, []*entry{bob}, g.next(), "beside the slow one, and not what is about the same")
	carl := g.comes("carl", false)
	assert.Equal(t, []*entry{carl}, g.next())
	dora := g.comes("dora", false)
	g.none() // there are enough of them
	for range maxGroups {
		g.ends <- true
	}
	var left []*entry
	for len(left) < 2 {
		left = append(left, g.next()...)
		g.ends <- true
	}
	assert.ElementsMatch(t, []*entry{again, dora}, left)
}

func TestAfterAGroupThatFailedAllAreDoneAlone(t *testing.T) {
	g := newGathering(t, time.Hour, time.Hour)
	e := g.comes("ann", false)
	g.next()
	g.ends <- false
	require.ErrorIs(t, <-e.done, errAlone)
	for range waryGroups {
		assert.ErrorIs(t, g.do(&entry{ctx: t.Context(), about: "ann"}), errAlone)
	}
	e = g.comes("ann", false)
	assert.Equal(t, []*entry{e}, g.next(), "and then in groups again")
	g.ends <- true
}

func TestACallerOfAGroupDoesNotWaitPastItsContext(t *testing.T) {
	g := newGathering(t, time.Hour, time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.ErrorIs(t, g.do(&entry{ctx: ctx, about: "ann"}), context.Canceled)
	g.next()
	g.ends <- true
}

// All is done once, in the order in which it came, and in no two groups at a time.
func TestGroupsKeepTheOrderOfASubject(t *testing.T) {
	var mu sync.Mutex
	numbers, under, done := map[*entry]int{}, map[subject]bool{}, map[subject][]int{}
	g := newGatherer(func(group []*entry) bool {
		own := map[subject]bool{}
		mu.Lock()
		for _, e := range group {
			assert.False(t, under[e.about], "%s is in another group", e.about)
			own[e.about] = true
			done[e.about] = append(done[e.about], numbers[e])
		}
		maps.Copy(under, own)
		mu.Unlock()
		time.Sleep(time.Duration(rand.IntN(3000)) * time.Microsecond)
		mu.Lock()
		maps.DeleteFunc(under, func(s subject, _ bool) bool { return own[s] })
		mu.Unlock()
		for _, e := range group {
			e.done <- nil
		}
		return true
	})
	g.slowAfter = time.Millisecond
	const each = 200
	var callers sync.WaitGroup
	for user := range 7 {
		callers.Go(func() {
			for n := range each {
				e := &entry{ctx: t.Context(), about: subject(fmt.Sprint(user)), soon: rand.IntN(2) == 0, done: make(chan error, 1)}
				mu.Lock()
				numbers[e] = n
				mu.Unlock()
				g.add(e)
				callers.Go(func() { assert.NoError(t, <-e.done) })
			}
		})
	}
	callers.Wait()
	g.close()
	for user, numbers := range done {
		assert.True(t, slices.IsSorted(numbers), user)
		assert.Len(t, slices.Compact(numbers), each, user)
	}
}
