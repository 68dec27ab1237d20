// Package bench puts load on a server, as clients do, and says what came of it. It drives
// any address that speaks the wire protocol, and checks what the protocol promises meanwhile:
// a promise that is broken is told apart from an error, which a full server may answer with.
//
// Load is an open loop, where requests begin at their times whatever becomes of those before,
// or a closed loop, where a fixed number is always under way. Latencies of an open loop count
// from the time at which a request was due, so a server that stands still looks like one.
package bench

import (
	"context"
	"flag"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// Scenario is one kind of load.
type Scenario struct {
	Name  string
	About string // one line, for help
	// Flags makes the flags of its own, with its defaults. Those of Config.Flags every scenario has.
	Flags func(*Config, *flag.FlagSet)
	// Check says what is wrong with its settings; nil: nothing can be.
	Check func(*Config) error
	run   func(*run) error
}

// Scenarios returns all that there are, in the order of the help.
func Scenarios() []Scenario {
	return []Scenario{logins(), idle(), kicks(), reconnects(), messages(), history(), mixed()}
}

// Find returns the scenario of that name.
func Find(name string) (Scenario, bool) {
	for _, s := range Scenarios() {
		if s.Name == name {
			return s, true
		}
	}
	return Scenario{}, false
}

// run is a scenario under way.
type run struct {
	Config
	*recorder
	ctx     context.Context // ends when the run is interrupted, or over
	dialer  *websocket.Dialer
	tickets *tickets
	tell    io.Writer      // how far it is, for a person
	work    sync.WaitGroup // every goroutine of the run
}

// Run puts the load of a scenario on the server, and reports. It returns when every link is
// closed: early when ctx ends, with the figures so far. Its error is one of the settings, or of a
// preparation without which there is nothing to measure. What it has to say meanwhile goes to tell.
func (s Scenario) Run(ctx context.Context, cfg Config, tell io.Writer) (*Report, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if s.Check != nil {
		if err := s.Check(&cfg); err != nil {
			return nil, err
		}
	}
	dialer, err := cfg.dialer()
	if err != nil {
		return nil, err
	}
	if err := allowFiles(max(cfg.Connections, cfg.Outstanding) + spareFiles); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	r := &run{Config: cfg, recorder: newRecorder(cfg.PIDs), ctx: ctx, dialer: dialer, tickets: newTickets(cfg), tell: tell}
	began := time.Now()
	err = s.run(r)
	interrupted := ctx.Err() != nil
	ended := time.Now()
	cancel()
	r.work.Wait()
	if err != nil && !interrupted {
		return nil, err
	}
	report := r.report(s.Name, ended.Sub(began))
	report.Interrupted = interrupted
	return report, nil
}

// say tells a person how far the run is.
func (r *run) say(format string, args ...any) {
	fmt.Fprintf(r.tell, format+"\n", args...)
}

// pause waits, and reports whether the run goes on.
func (r *run) pause(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.ctx.Done():
		return false
	}
}
