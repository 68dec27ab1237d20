package bus

import (
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

const (
	routesEvery = time.Second
	routesAway  = 60 // looks after which a server is not waited for any more: a new start has a new id
)

// routes sees that a connection between two servers of a cluster was replaced. What was
// published meanwhile has not come, also when the cut was too short for the announcements to
// show a gap.
type routes struct {
	mu   sync.Mutex
	seen map[string]uint64 // the connection, by server
	away map[string]int    // looks since a server's connection was seen to go
}

// look takes the connections that are there now, and says whether one that came in another's
// place has stayed since the look before: by then each side knows what the other listens to.
func (r *routes) look(now map[string]uint64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.away == nil {
		r.away = map[string]int{}
	}
	for id := range r.away {
		if r.away[id]++; r.away[id] > routesAway {
			delete(r.away, id)
		}
	}
	for id, connection := range r.seen {
		if now[id] != connection {
			r.away[id] = 0
		}
	}
	returned := false
	for id, connection := range now {
		if _, was := r.away[id]; was && r.seen[id] == connection {
			delete(r.away, id)
			returned = true
		}
	}
	r.seen = now
	return returned
}

// watchRoutes tells everybody here of what was lost between the servers of the cluster.
func (n *NATS) watchRoutes() {
	ticker := time.NewTicker(routesEvery)
	defer ticker.Stop()
	for {
		select {
		case <-n.ctx.Done():
			return
		case <-ticker.C:
		}
		now, err := connections(n.embedded)
		if err != nil {
			n.log.Warn("bus: the connections of the cluster cannot be seen", "error", err)
			continue
		}
		if n.routes.look(now) {
			n.log.Info("bus: a server of the cluster is connected again", "peers", n.Peers())
			n.fences.wait()
			n.lost()
		}
	}
}

// connections returns a server's connections to others, by their ids. There is one to each.
func connections(s *server.Server) (map[string]uint64, error) {
	list, err := s.Routez(&server.RoutezOptions{})
	if err != nil {
		return nil, err
	}
	now := make(map[string]uint64, len(list.Routes))
	for _, route := range list.Routes {
		now[route.RemoteID] = max(now[route.RemoteID], route.Rid) // while one replaces another, the newer
	}
	return now, nil
}
