package gateway

import (
	"container/heap"
	"net/netip"
	"slices"
)

// guest is a connection of somebody who has shown no ticket yet.
type guest struct {
	from    netip.Prefix // invalid: of a proxy that brings those of many, which counts for all alone
	counted bool
	crowd   *crowd // of those from there, while it is counted
	gone    bool   // it had to make room
	end     func() // ends the connection, without waiting for the other side; nil: there is none yet
}

// crowd are the guests from one network, in the order in which they came.
type crowd struct {
	from   netip.Prefix
	guests []*guest
	place  int // in the heap
}

// guests shares a number of places among networks. Who comes when all are taken gets that
// of the latest guest from the network that has most of them, if that network has at least two
// more: so a few networks cannot keep others out, and a rush of players who are all alike is
// served in its order. Its methods are called under a lock.
type guests struct {
	most, mostFrom int
	count          int
	crowds         map[netip.Prefix]*crowd
	largest        crowds
}

func newGuests(most, mostFrom int) *guests {
	return &guests{most: most, mostFrom: mostFrom, crowds: map[netip.Prefix]*crowd{}}
}

// The reasons for which there is no room, as they are counted.
const (
	fullOfGuests      = "too many connections without a login"
	fullOfGuestsThere = "too many connections without a login from this address"
)

// add gives a guest a place, or says why there is none. Who had to make room for it is
// counted no more, and is to be ended.
func (g *guests) add(one *guest) (out *guest, refusal string) {
	here := 0
	if c := g.crowds[one.from]; c != nil {
		here = len(c.guests)
	}
	if one.from.IsValid() && here >= g.mostFrom {
		return nil, fullOfGuestsThere
	}
	if g.count >= g.most {
		if out = g.latestOfTheMost(here); out == nil {
			return nil, fullOfGuests
		}
		out.gone = true
		g.remove(out)
	}
	g.put(one)
	return out, ""
}

// latestOfTheMost returns whose place somebody gets from whose network there are so many.
func (g *guests) latestOfTheMost(here int) *guest {
	if len(g.largest) == 0 || len(g.largest[0].guests) < here+2 {
		return nil
	}
	c := g.largest[0]
	return c.guests[len(c.guests)-1]
}

// put counts a guest, even past the limits.
func (g *guests) put(one *guest) {
	g.count++
	one.counted = true
	if !one.from.IsValid() {
		return
	}
	c := g.crowds[one.from]
	if c == nil {
		c = &crowd{from: one.from}
		g.crowds[one.from] = c
		heap.Push(&g.largest, c)
	}
	c.guests = append(c.guests, one)
	one.crowd = c
	heap.Fix(&g.largest, c.place)
}

// remove counts a guest no more, if it was counted.
func (g *guests) remove(one *guest) {
	if !one.counted {
		return
	}
	one.counted = false
	g.count--
	c := one.crowd
	if one.crowd = nil; c == nil {
		return
	}
	at := slices.Index(c.guests, one)
	c.guests = slices.Delete(c.guests, at, at+1)
	if len(c.guests) == 0 {
		delete(g.crowds, c.from)
		heap.Remove(&g.largest, c.place)
		return
	}
	heap.Fix(&g.largest, c.place)
}

// crowds is a heap whose first is the largest crowd.
type crowds []*crowd

func (h crowds) Len() int           { return len(h) }
func (h crowds) Less(i, j int) bool { return len(h[i].guests) > len(h[j].guests) }

func (h crowds) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i, j
}

// Push is heap.Interface's.
func (h *crowds) Push(x any) {
	c := x.(*crowd)
	c.place = len(*h)
	*h = append(*h, c)
}

// Pop is heap.Interface's.
func (h *crowds) Pop() any {
	last := len(*h) - 1
	c := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return c
}
