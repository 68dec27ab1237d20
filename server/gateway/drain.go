package gateway

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/banter-im/banter/internal/wire"
)

const (
	// So many links are ended at once, and then the next ones when these have ended, or after a while.
	drainAtOnce   = 256
	drainPatience = 100 * time.Millisecond
	drainPoll     = 2 * time.Millisecond

	// A server that is alone expects to be gone so long after its last link, and until it has
	// seen how long a link takes to end, it expects so much of each.
	restartTakes = 500 * time.Millisecond
	endTakes     = 100 * time.Microsecond
)

// Drain takes no new links, tells every client to come back after a while, and waits
// until all links have ended. It cuts those that are left when ctx ends.
func (s *Server) Drain(ctx context.Context) {
	defer s.crew.dismiss()
	s.bounds.shut()
	links := s.startDraining()
	s.letGo(ctx, links)
	ended := make(chan struct{})
	go func() {
		s.running.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return
	case <-ctx.Done():
	}
	s.log.Warn("links are cut that did not end in time")
	for _, l := range links {
		l.socket.Close()
	}
	<-ended
}

func (s *Server) startDraining() []*link {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.draining = true
	links := make([]*link, 0, len(s.links))
	for l := range s.links {
		links = append(links, l)
	}
	return links
}

// letGo tells every client to come back. Those that are told last play on meanwhile, and none comes
// while the server can be known to be busy with the others: it would find nobody, and then wait for
// longer and longer times.
func (s *Server) letGo(ctx context.Context, links []*link) {
	patience := drainPatience
	if deadline, ok := ctx.Deadline(); ok {
		portions := (len(links) + drainAtOnce - 1) / drainAtOnce
		patience = min(patience, time.Until(deadline)/2/time.Duration(max(portions, 1)))
	}
	begun := time.Now()
	for told := 0; told < len(links); {
		after := s.absence(len(links), told, time.Since(begun))
		portion := links[told:min(told+drainAtOnce, len(links))]
		for _, l := range portion {
			l.closeWhenIdle(wire.Closing{Reason: wire.CloseShutdown, Desc: "the server shuts down",
				Redial: true, AfterMS: (after + s.drainJitter()).Milliseconds()})
		}
		told += len(portion)
		s.awaitLinks(ctx, len(links)-told, patience)
	}
}

// absence is how long the server will not be there, if it ends links as fast as it has ended
// some of them. Where others are there instead, nobody needs to wait for it.
func (s *Server) absence(links, ended int, took time.Duration) time.Duration {
	if !s.cfg.Alone {
		return 0
	}
	each := endTakes
	if ended > 0 {
		each = took / time.Duration(ended)
	}
	return restartTakes + each*time.Duration(links-ended)
}

// drainJitter spreads those who go to other servers. Who waits for this one spreads by itself.
func (s *Server) drainJitter() time.Duration {
	if s.cfg.Alone {
		return 0
	}
	return rand.N(s.cfg.ReconnectSpread)
}

// awaitLinks waits until at most so many links are left, but not longer than patience.
func (s *Server) awaitLinks(ctx context.Context, most int, patience time.Duration) {
	for end := time.Now().Add(patience); s.Links() > most && time.Now().Before(end) && ctx.Err() == nil; {
		time.Sleep(drainPoll)
	}
}
