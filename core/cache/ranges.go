package cache

import (
	"math"
	"slices"
)

// Newest stands for the newest place of a conversation, whichever that is. It is the
// highest number that SQLite can hold.
const Newest uint64 = math.MaxInt64

// Range is the places from First to Last, both included.
type Range struct{ First, Last uint64 }

// Ranges are places in ascending order: no two of the ranges touch.
type Ranges []Range

// Add returns the ranges with r's places among them.
func (rs Ranges) Add(r Range) Ranges {
	if r.Last < r.First {
		return rs
	}
	var sum Ranges
	for i, old := range rs {
		switch {
		case before(old, r):
			sum = append(sum, old)
		case before(r, old):
			return append(append(sum, r), rs[i:]...)
		default:
			r = Range{min(r.First, old.First), max(r.Last, old.Last)}
		}
	}
	return append(sum, r)
}

// before says whether a place is between a and b, which come in this order.
func before(a, b Range) bool { return a.Last < b.First && b.First-a.Last > 1 }

// Holes returns what of r is not in the ranges.
func (rs Ranges) Holes(r Range) Ranges {
	var holes Ranges
	for _, known := range rs {
		if r.Last < r.First || known.First > r.Last {
			break
		}
		if known.Last < r.First {
			continue
		}
		if known.First > r.First {
			holes = append(holes, Range{r.First, known.First - 1})
		}
		if known.Last >= r.Last {
			return holes
		}
		r.First = known.Last + 1
	}
	if r.First <= r.Last {
		holes = append(holes, r)
	}
	return holes
}

// At returns the range that place is in.
func (rs Ranges) At(place uint64) (Range, bool) {
	i, _ := slices.BinarySearchFunc(rs, place, func(r Range, p uint64) int {
		if r.Last < p {
			return -1
		}
		return 1
	})
	if i == len(rs) || rs[i].First > place {
		return Range{}, false
	}
	return rs[i], true
}
