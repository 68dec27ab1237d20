package gateway

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/server/chat"
)

func guestFrom(last byte) *guest {
	return &guest{from: chat.Network(netip.AddrFrom4([4]byte{192, 0, 2, last})), end: func() {}}
}

func TestWhoComesTakesThePlaceOfTheLargestCrowd(t *testing.T) {
	g := newGuests(4, 9)
	var crowd []*guest
	for range 3 {
		one := guestFrom(1)
		crowd = append(crowd, one)
		out, refusal := g.add(one)
		require.Nil(t, out)
		require.Empty(t, refusal)
	}
	_, refusal := g.add(guestFrom(2))
	require.Empty(t, refusal)

	out, refusal := g.add(guestFrom(3))
	assert.Empty(t, refusal)
	assert.Same(t, crowd[2], out, "the latest: it has come least far")
	assert.True(t, out.gone)
	g.remove(out) // as its connection ends
	assert.Equal(t, 4, g.count)

	_, refusal = g.add(guestFrom(1))
	assert.Equal(t, fullOfGuests, refusal, "a crowd gets nobody's place")
	_, refusal = g.add(guestFrom(2))
	assert.Equal(t, fullOfGuests, refusal, "nor does who would then have as many")
}

func TestARushOfPlayersIsServedInItsOrder(t *testing.T) {
	g := newGuests(50, 9)
	for i := range 100 {
		out, refusal := g.add(guestFrom(byte(i)))
		assert.Nil(t, out, "nobody who came before has to go")
		assert.Equal(t, i >= 50, refusal == fullOfGuests)
	}
}

func TestAProxyIsNoCrowd(t *testing.T) {
	g := newGuests(3, 1)
	for range 3 {
		_, refusal := g.add(&guest{})
		require.Empty(t, refusal, "the most from one address is not for it")
	}
	_, refusal := g.add(guestFrom(1))
	assert.Equal(t, fullOfGuests, refusal, "what it brings makes room for nobody")
}

func TestGuestsAreCountedRight(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	g := newGuests(60, 20)
	in := map[*guest]bool{}
	byCrowd := map[string]int{}
	leave := func(one *guest) {
		delete(in, one)
		byCrowd[one.from.String()]--
	}
	for range 20_000 {
		if random.IntN(3) > 0 {
			one := guestFrom(byte(random.IntN(1 + random.IntN(40))))
			out, refusal := g.add(one)
			if refusal == "" {
				in[one] = true
				byCrowd[one.from.String()]++
			}
			if out != nil {
				require.GreaterOrEqual(t, byCrowd[out.from.String()], byCrowd[one.from.String()])
				leave(out)
			}
		} else {
			for one := range in {
				g.remove(one)
				g.remove(one)
				leave(one)
				break
			}
		}
		require.Len(t, in, g.count)
		require.LessOrEqual(t, g.count, 60)
	}
	for from, count := range byCrowd {
		c := g.crowds[netip.MustParsePrefix(from)]
		if count == 0 {
			require.Nil(t, c)
			continue
		}
		require.Len(t, c.guests, count, fmt.Sprint(from))
	}
}
