package bus

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/freeport"
)

// A cut between two announcements leaves no gap in them.
func TestAShortCutBetweenServersIsTold(t *testing.T) {
	seed := freeport.Address(t)
	a := join(t, ClusterConfig{Listen: seed, Announce: time.Hour}, quiet())
	way := startWire(t, seed)
	b := join(t, ClusterConfig{Listen: freeport.Address(t), Peers: []string{way.listener.Addr().String()}, Announce: time.Hour}, quiet())
	meet(t, a, b)
	eventually(t, func() bool { return a.routes.known() == 1 && b.routes.known() == 1 }, "the connection was not seen")
	messages, lagged := listen(t, a)
	drain(a.Returned())
	drain(b.Returned())
	drain(lagged)

	way.set(true)
	eventually(t, func() bool { return !sees(t, a) && !sees(t, b) }, "the cut was not noticed")
	require.NoError(t, b.Publish(t.Context(), subject, []byte("lost")))
	way.set(false)
	receive(t, a.Returned(), "that the bus has returned")
	receive(t, b.Returned(), "that the bus has returned")
	receive(t, lagged, "that messages were lost")
	require.NoError(t, b.Publish(t.Context(), subject, []byte("hello")))
	assert.Equal(t, "hello", receive(t, messages, "a message"))
}

func (r *routes) known() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.seen)
}

func sees(t *testing.T, n *NATS) bool {
	t.Helper()
	now, err := connections(n.embedded)
	require.NoError(t, err)
	return len(now) > 0
}

func TestRoutesThatWereReplaced(t *testing.T) {
	type look = map[string]uint64
	tests := []struct {
		name  string
		looks []look
		want  []bool
	}{
		{"nothing changes", []look{{"b": 1}, {"b": 1}, {"b": 1}}, []bool{false, false, false}},
		{"a server comes", []look{{}, {"b": 1}, {"b": 1}, {"b": 1, "c": 2}, {"b": 1, "c": 2}}, []bool{false, false, false, false, false}},
		{"replaced between two looks", []look{{"b": 1}, {"b": 2}, {"b": 2}, {"b": 2}}, []bool{false, false, true, false}},
		{"away for a while", []look{{"b": 1}, {}, {}, {"b": 2}, {"b": 2}, {"b": 2}}, []bool{false, false, false, false, true, false}},
		{"replaced twice", []look{{"b": 1}, {"b": 2}, {"b": 3}, {"b": 3}}, []bool{false, false, false, true}},
		{"a server starts anew", []look{{"b": 1}, {"c": 2}, {"c": 2}}, []bool{false, false, false}},
		{"one of two", []look{{"b": 1, "c": 2}, {"b": 1, "c": 3}, {"b": 1, "c": 3}}, []bool{false, false, true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var r routes
			for i, now := range tt.looks {
				assert.Equal(t, tt.want[i], r.look(now), i)
			}
		})
	}
	var r routes
	r.look(look{"b": 1})
	for range 2 * routesAway {
		r.look(look{})
	}
	assert.Empty(t, r.away, "one that never comes back is forgotten")
}
