package chat

import "time"

const reapEvery = 30 * time.Second // how often sessions that were lost for too long are looked for, or more often

// sweepForEver finds in the store what a lost message or a failed change left behind.
func (s *Service) sweepForEver() {
	sweep, reap := time.NewTicker(s.cfg.SweepEvery), time.NewTicker(min(reapEvery, s.cfg.GiveUp))
	save := time.NewTimer(untilSample()) // figures that are counted in memory
	defer save.Stop()
	defer sweep.Stop()
	defer reap.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-sweep.C:
			s.kickEnded()
			s.endUnheld()
			s.tellMissed()
		case <-s.bus.Returned():
			s.kickEnded()
			s.tellMissed()
		case <-reap.C:
			s.reap()
		case <-save.C:
			s.usage.sample(time.Now())
			s.saveUsage()
			save.Reset(untilSample())
		}
	}
}

// untilSample is how long it is until nodes count their links.
func untilSample() time.Duration { return time.Until(SampleTime(SampleOf(time.Now()) + 1)) }

// kickEnded kicks the sessions of this node that were ended elsewhere, and releases
// those that have no link here.
func (s *Service) kickEnded() {
	ctx, cancel := s.storeContext()
	defer cancel()
	ended, err := s.store.EndedOf(ctx, s.cfg.Node)
	if err != nil {
		s.storeError("look for ended sessions", err)
		return
	}
	for _, e := range ended {
		if s.held.kick(e.Session, noticeOf(e.End)) == 0 {
			s.settle(e.Ref, false)
		}
	}
}

// endUnheld loses the live sessions of this node that have no link here, after a change
// of the store failed: a login that committed without an answer, or a link whose end
// was not noted.
func (s *Service) endUnheld() {
	if !s.doubt.Swap(false) {
		return
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	live, err := s.store.LiveOf(ctx, s.cfg.Node)
	if err != nil {
		s.doubt.Store(true)
		s.storeError("look for live sessions", err)
		return
	}
	for _, l := range live {
		if !s.held.holds(l.Session) {
			s.endSession(l.Ref, LinkLost)
		}
	}
}

// reap gives up what nobody comes back for, and removes what was kept for long enough.
func (s *Service) reap() {
	ctx, cancel := s.storeContext()
	defer cancel()
	now := time.Now()
	gone, err := s.store.Reap(ctx, now.Add(-s.cfg.GiveUp), now.Add(-s.cfg.Keep))
	if err != nil {
		s.storeError("reap lost sessions", err)
		return
	}
	for _, g := range gone {
		s.watching.changed(g.App, g.User)
		s.log.Info("session timed out", "app", g.App, "user", g.User, "number", g.Number)
	}
}
