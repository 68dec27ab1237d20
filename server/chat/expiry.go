package chat

import "time"

const (
	expireTask    = "expire messages"
	expireClaim   = time.Minute // for how long a node that is silent is waited for
	expireAtOnce  = 200         // messages of one transaction
	expirePause   = 20 * time.Millisecond
	hoursOfOneDay = 24
)

// expireForEver removes messages that are older than their app keeps them: on one node at a
// time, in small steps with pauses between them, so that nobody who writes waits for it.
func (s *Service) expireForEver() {
	next := time.NewTicker(s.cfg.ExpireEvery)
	defer next.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-next.C:
		}
		for _, app := range *s.apps.Load() {
			if app.HistoryDays > 0 {
				s.expire(app)
			}
		}
	}
}

// expire removes an app's old messages until there are none.
func (s *Service) expire(app App) {
	total := 0
	var claimed time.Time
	for more := true; more && s.ctx.Err() == nil; {
		if time.Since(claimed) > expireClaim/3 {
			if !s.claimExpiry(app.ID) {
				return
			}
			claimed = time.Now()
		}
		var removed int
		removed, more = s.expireSome(app)
		total += removed
		select {
		case <-s.ctx.Done():
		case <-time.After(expirePause):
		}
	}
	if total > 0 {
		s.log.Info("messages that were too old were removed", "app", app.ID, "count", total)
	}
}

func (s *Service) claimExpiry(app uint64) bool {
	ctx, cancel := s.storeContext()
	defer cancel()
	ours, err := s.store.ClaimTask(ctx, app, expireTask, s.cfg.Node, expireClaim)
	if err != nil {
		s.storeError("claim a task", err)
	}
	return ours && err == nil
}

func (s *Service) expireSome(app App) (removed int, more bool) {
	ctx, cancel := s.storeContext()
	defer cancel()
	before := time.Now().Add(-time.Duration(app.HistoryDays) * hoursOfOneDay * time.Hour)
	removed, more, err := s.store.ExpireMessages(ctx, app.ID, before, expireAtOnce)
	if err != nil {
		s.storeError("remove old messages", err)
	}
	return removed, more && err == nil
}
