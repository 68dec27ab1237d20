package chat

import (
	"context"
	"sync"
	"time"
)

// UsageStore is what a Store does with an app's figures.
type UsageStore interface {
	// AddUsage adds to figures, but for PeakOnline, of which the highest value stays. The
	// highest sum of the OnlineSamples of one moment counts as a PeakOnline, too; samples
	// are not kept for long.
	AddUsage(ctx context.Context, figures []Figure) error

	// UsageOf returns the figure of that name for each period up to the given one that has
	// any: the sum of its parts.
	UsageOf(ctx context.Context, app uint64, name string, from, to int64) (map[int64]int64, error)
}

// Figure is a part of an app's figure for one period.
type Figure struct {
	App    uint64
	Name   string
	Period int64  // what DayOf or MonthOf returns, or SampleOf
	Part   string // who counts: a node, or in the store one of several rows
	Value  int64
}

// The names of figures. A store counts the first three itself, in the transaction that
// opens a session or makes an account.
const (
	ActiveInDay    = "active_day"    // users who logged in or resumed
	ActiveInMonth  = "active_month"  // the same, by month
	Registered     = "registered"    // accounts that were made
	LoginTimes     = "logins"        // logins that were good
	PeakOnline     = "peak_online"   // the most links that were logged in at a time
	OnlineSample   = "online_sample" // how many a node had at a moment that all nodes choose alike
	CallbacksSent  = "callback_requests"
	CallbacksTaken = "callback_responses"
)

// DayOf returns the UTC day of t: days since 1970.
func DayOf(t time.Time) int64 { return t.Unix() / (24 * 60 * 60) }

// DayStart is when a day begins.
func DayStart(day int64) time.Time { return time.Unix(day*24*60*60, 0).UTC() }

// sampleEvery is how often nodes count their links, by the clock on the wall: so the counts
// of one moment can be added up, and a client that moves from node to node counts once.
const sampleEvery = 10 * time.Second

// SampleOf returns the number of the last moment, up to t, at which nodes count their links.
func SampleOf(t time.Time) int64 { return t.Unix() / int64(sampleEvery/time.Second) }

// SampleTime is when a moment was at which nodes count their links.
func SampleTime(n int64) time.Time { return time.Unix(n*int64(sampleEvery/time.Second), 0).UTC() }

// MonthOf returns the UTC month of t: months since the year 0.
func MonthOf(t time.Time) int64 { return int64(t.UTC().Year())*12 + int64(t.UTC().Month()) - 1 }

// usage counts in memory what would cost the store a write for each login. It is added
// to the store every few seconds, so a process that is killed loses little.
type usage struct {
	mu     sync.Mutex
	node   string
	online map[uint64]int64
	counts map[figureKey]int64
}

type figureKey struct {
	app    uint64
	name   string
	period int64
}

func (u *usage) init(node string) {
	u.node, u.online, u.counts = node, map[uint64]int64{}, map[figureKey]int64{}
}

// count adds n to a figure of today.
func (u *usage) count(app uint64, name string, n int64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.counts[figureKey{app, name, DayOf(time.Now())}] += n
}

// came and went count the links of an app that are logged in.
func (u *usage) came(a *Attachment) {
	u.mu.Lock()
	defer u.mu.Unlock()
	a.counted = true
	app := a.peer.App
	u.online[app]++
	peak := figureKey{app, PeakOnline, DayOf(time.Now())}
	u.counts[peak] = max(u.counts[peak], u.online[app])
}

func (u *usage) went(a *Attachment) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if a.counted {
		a.counted = false
		u.online[a.peer.App]--
	}
}

// sample counts the links of the moment that has just begun, unless it began too long ago.
func (u *usage) sample(now time.Time) {
	moment := SampleOf(now)
	if now.Sub(SampleTime(moment)) > time.Second {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	for app, n := range u.online {
		if n > 0 {
			u.counts[figureKey{app, OnlineSample, moment}] = n
		}
	}
}

// take returns what was counted since it was called last. Who is online now counts for
// the peak of today, even if nobody comes.
func (u *usage) take() []Figure {
	u.mu.Lock()
	defer u.mu.Unlock()
	today := DayOf(time.Now())
	for app, n := range u.online {
		if n > 0 {
			peak := figureKey{app, PeakOnline, today}
			u.counts[peak] = max(u.counts[peak], n)
		}
	}
	var figures []Figure
	for key, n := range u.counts {
		part := u.node
		if key.name == PeakOnline { // of which all nodes have one
			part = ""
		}
		figures = append(figures, Figure{App: key.app, Name: key.name, Period: key.period, Part: part, Value: n})
	}
	clear(u.counts)
	return figures
}

// giveBack counts again what the store did not take.
func (u *usage) giveBack(figures []Figure) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, f := range figures {
		key := figureKey{f.App, f.Name, f.Period}
		if f.Name == PeakOnline || f.Name == OnlineSample {
			u.counts[key] = max(u.counts[key], f.Value)
			continue
		}
		u.counts[key] += f.Value
	}
}

// CountUsage adds n to one of an app's figures of today.
func (s *Service) CountUsage(app uint64, name string, n int) { s.usage.count(app, name, int64(n)) }

// saveUsage gives the store what was counted in memory.
func (s *Service) saveUsage() {
	figures := s.usage.take()
	if len(figures) == 0 {
		return
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	if err := s.store.AddUsage(ctx, figures); err != nil {
		s.usage.giveBack(figures)
		s.storeError("keep figures", err)
	}
}

// UsageOf returns one of an app's figures by period, as far as there is any.
func (s *Service) UsageOf(ctx context.Context, app uint64, name string, from, to int64) (map[int64]int64, error) {
	s.saveUsage()
	figures, err := s.store.UsageOf(ctx, app, name, from, to)
	if err != nil {
		return nil, s.storeError("read figures", err)
	}
	return figures, nil
}

// ActiveUsers returns how many users of each app logged in today and this month, by UTC.
func (s *Service) ActiveUsers(ctx context.Context) (day, month map[uint64]int64, err error) {
	now := time.Now()
	day, month = map[uint64]int64{}, map[uint64]int64{}
	for app := range *s.apps.Load() {
		for name, of := range map[string]struct {
			period int64
			into   map[uint64]int64
		}{ActiveInDay: {DayOf(now), day}, ActiveInMonth: {MonthOf(now), month}} {
			figures, err := s.store.UsageOf(ctx, app, name, of.period, of.period)
			if err != nil {
				return nil, nil, s.storeError("read figures", err)
			}
			of.into[app] = figures[of.period]
		}
	}
	return day, month, nil
}
