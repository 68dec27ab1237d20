package chat

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// Leases are how the nodes that share a store learn which of them are gone. A node has a
// lease and renews it; one that does not is gone, and the others free its sessions. Every
// time in it is by the store's own clock.
type Leases interface {
	// TakeLease gives node's lease to holder, whoever had it before, and does what
	// LoseNode does for the process before it.
	TakeLease(ctx context.Context, node, holder string) (lost int, err error)

	// RenewLease renews the lease. It is ErrLeaseLost when the node was found gone, and
	// ErrLeaseTaken when another process has the node's name and its lease.
	RenewLease(ctx context.Context, lease Lease) error

	// ReapNodes loses the sessions of every node whose lease ran out, and returns them. It
	// does nothing unless lease was renewed for as long as a lease is good, without a gap:
	// when the store was away nobody could renew, and nobody is gone.
	//
	// A node's sessions are looked for twice, the second time one lease later: a login that
	// was under way the first time has ended by then.
	ReapNodes(ctx context.Context, lease Lease) ([]Session, error)

	// DropLease ends the lease if holder has it. The sessions that are left are lost.
	DropLease(ctx context.Context, node, holder string) error
}

// Lease is a node's, and the rules of all of them.
type Lease struct {
	Node   string
	Holder string        // the process that has it: random, so that no two are the same
	Good   time.Duration // for so long after a renewal
	Gap    time.Duration // more than this between two renewals, and the node was away
}

// The errors of RenewLease.
var (
	ErrLeaseLost  = errors.New("the node's lease ran out, and its sessions were given up")
	ErrLeaseTaken = errors.New("another process runs under the node's name")
)

// SharedConfig is how a node lives with others on one store. What is zero takes the default.
type SharedConfig struct {
	LeaseGood  time.Duration // a node that did not renew its lease for so long is gone; 60 s
	RenewEvery time.Duration // a sixth of LeaseGood
}

func (c SharedConfig) withDefaults() SharedConfig {
	c.LeaseGood = cmp.Or(c.LeaseGood, time.Minute)
	c.RenewEvery = cmp.Or(c.RenewEvery, c.LeaseGood/6)
	return c
}

// membership is this node's lease, as this process knows it.
type membership struct {
	lease Lease
	every time.Duration

	mu      sync.Mutex
	renewed time.Time // when the last renewal that succeeded was begun
}

func newMembership(cfg SharedConfig, node string) *membership {
	cfg = cfg.withDefaults()
	return &membership{
		lease: Lease{Node: node, Holder: newSessionID(), Good: cfg.LeaseGood, Gap: cfg.LeaseGood / 2},
		every: cfg.RenewEvery,
	}
}

func (m *membership) renew(at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.renewed = at
}

// good says whether the lease is surely this node's still. A machine that slept sees it
// on the clock on the wall alone, one whose clock was set on the other one alone.
func (m *membership) good() bool {
	m.mu.Lock()
	renewed := m.renewed
	m.mu.Unlock()
	now := time.Now()
	return max(now.Sub(renewed), now.Round(0).Sub(renewed.Round(0))) < m.lease.Good
}

// join takes this node's place in the store: its lease, if it shares the store.
func (s *Service) join(ctx context.Context) (lost int, err error) {
	if s.cfg.Shared == nil {
		return s.store.LoseNode(ctx, s.cfg.Node, time.Now())
	}
	s.member = newMembership(*s.cfg.Shared, s.cfg.Node)
	return s.takeLease(ctx)
}

func (s *Service) takeLease(ctx context.Context) (lost int, err error) {
	begun := time.Now()
	lost, err = s.store.TakeLease(ctx, s.cfg.Node, s.member.lease.Holder)
	if err == nil {
		s.member.renew(begun)
	}
	return lost, err
}

// leave gives this node's lease back, so that nobody waits for it to run out.
func (s *Service) leave() {
	if s.member == nil {
		return
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	if err := s.store.DropLease(ctx, s.cfg.Node, s.member.lease.Holder); err != nil {
		s.storeError("give the lease back", err)
	}
}

// Ready returns why this node should get no players at the moment, or nil.
func (s *Service) Ready(ctx context.Context) error {
	return errors.Join(s.store.Ping(ctx), s.checkLease())
}

// checkLease refuses a session that other nodes would not believe to be this one's.
func (s *Service) checkLease() error {
	if s.member == nil || s.member.good() {
		return nil
	}
	return timerr.Newf(timerr.SvrAccountInternalError, "the server has lost touch with its store, try again")
}

// keepLease renews the lease until the service ends, more often while that fails.
func (s *Service) keepLease() {
	next := time.NewTimer(s.member.every)
	defer next.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-next.C:
		}
		if s.renewLease() {
			next.Reset(s.member.every)
			s.reapNodes()
		} else {
			next.Reset(s.member.every / 5)
		}
	}
}

// renewLease reports whether the node has its lease.
func (s *Service) renewLease() bool {
	ctx, cancel := s.storeContext()
	defer cancel()
	begun := time.Now()
	err := s.store.RenewLease(ctx, s.member.lease)
	switch {
	case err == nil:
		s.member.renew(begun)
	case errors.Is(err, ErrLeaseLost):
		s.log.Warn("this node was given up by the others: its clients are to resume", "node", s.cfg.Node)
		if _, err = s.takeLease(ctx); err != nil {
			s.storeError("take a new lease", err)
		}
		s.moveAll()
	case errors.Is(err, ErrLeaseTaken):
		s.log.Error("another process runs under this node's name, and has its place", "node", s.cfg.Node)
		s.member.renew(time.Time{})
		s.moveAll()
	default:
		s.storeError("renew the lease", err)
	}
	return err == nil
}

// moveAll tells every client to resume, here or elsewhere: no row says any more that its
// session has a link on this node.
func (s *Service) moveAll() {
	s.held.close(wire.Closing{Reason: wire.CloseMoved, Desc: "the node was given up by the others", Redial: true})
}

// reapNodes frees the sessions of nodes that are gone.
func (s *Service) reapNodes() {
	ctx, cancel := s.storeContext()
	defer cancel()
	gone, err := s.store.ReapNodes(ctx, s.member.lease)
	if err != nil {
		s.storeError("look for nodes that are gone", err)
		return
	}
	for _, g := range gone {
		s.watching.changed(g.App, g.User)
		s.log.Info("session lost with its node", "app", g.App, "user", g.User, "number", g.Number)
	}
}
