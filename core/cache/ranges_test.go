package cache

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRanges(t *testing.T) {
	known := Ranges{}.Add(Range{10, 12}).Add(Range{1, 3}).Add(Range{20, Newest})
	for _, tt := range []struct {
		name  string
		asked Range
		holes Ranges
	}{
		{"nothing lacks of what is known", Range{10, 12}, nil},
		{"between two ranges is a hole", Range{2, 11}, Ranges{{4, 9}}},
		{"there may be several", Range{1, 30}, Ranges{{4, 9}, {13, 19}}},
		{"all of it may lack", Range{5, 6}, Ranges{{5, 6}}},
		{"an empty range has no hole", Range{7, 6}, nil},
		{"the newest place is like others", Range{15, Newest}, Ranges{{15, 19}}},
	} {
		t.Run(tt.name, func(t *testing.T) { assert.Equal(t, tt.holes, known.Holes(tt.asked)) })
	}
	assert.Equal(t, Ranges{{1, 12}, {20, Newest}}, known.Add(Range{4, 9}), "ranges that touch are one")
	assert.Equal(t, known, known.Add(Range{3, 2}))
}

// Ranges are a set of places: they are compared with one.
func TestRangesAreASetOfPlaces(t *testing.T) {
	const places = 40
	random := rand.New(rand.NewPCG(1, 2))
	pick := func() Range {
		first := 1 + random.Uint64N(places)
		return Range{first, min(places, first+random.Uint64N(6))}
	}
	for range 500 {
		var known Ranges
		set := map[uint64]bool{}
		for range random.IntN(12) {
			r := pick()
			known = known.Add(r)
			for p := r.First; p <= r.Last; p++ {
				set[p] = true
			}
		}
		for i, r := range known {
			require.LessOrEqual(t, r.First, r.Last)
			require.True(t, i == 0 || known[i-1].Last+1 < r.First, "%v has ranges that touch", known)
		}
		asked := pick()
		holes := known.Holes(asked)
		for p := uint64(1); p <= places; p++ {
			_, in := known.At(p)
			require.Equal(t, set[p], in, "%d in %v", p, known)
			_, lacks := holes.At(p)
			require.Equal(t, !set[p] && p >= asked.First && p <= asked.Last, lacks, "%d lacks of %v in %v", p, asked, known)
		}
	}
}
