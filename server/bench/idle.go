package bench

import (
	"errors"
	"flag"
	"time"

	"github.com/banter-im/banter/internal/wire"
)

// idle holds links on which nothing happens. What a link costs in memory is measured between
// half of them and all, where what the server has anyway counts no more.
func idle() Scenario {
	var pings time.Duration
	var hold bool
	return Scenario{
		Name:  "idle",
		About: "users stay online and do nothing",
		Flags: func(c *Config, flags *flag.FlagSet) {
			c.ConnectionsFlag(flags, 1000)
			c.DurationFlag(flags, 30*time.Second)
			flags.DurationVar(&c.Settle, "settle", 3*time.Second, "for so long the server may tidy up before its memory is read")
			flags.DurationVar(&pings, "ping-every", 0, "each client pings so often, in a second time of --duration (default never)")
			flags.BoolVar(&hold, "hold", false, "then the links stay until the run is ended by a signal, beside whatever else one measures")
		},
		Check: func(c *Config) error {
			if c.Connections < 2 {
				return errors.New("--connections: at least 2 are needed")
			}
			return within("ping-every", pings, 0, maxDuration)
		},
		run: func(r *run) error {
			err := r.idle(pings)
			if err == nil && hold && r.ctx.Err() == nil {
				r.say("everything is measured: the links stay until this run is ended")
				<-r.ctx.Done()
			}
			return err
		},
	}
}

func (r *run) idle(pings time.Duration) error {
	r.tickets.prepare(r.Connections)
	half := r.Connections / 2
	var rss [2]int64
	var links []*link
	for i, more := range []int{half, r.Connections - half} {
		opened, err := r.holdLinks(len(links), more)
		if err != nil {
			return err
		}
		links = append(links, opened...)
		r.say("%d links are open", len(links))
		if !r.pause(r.Settle) {
			return nil
		}
		if len(r.PIDs) > 0 {
			used, err := readUsage(r.PIDs)
			if err != nil {
				return err
			}
			rss[i] = used.rss
		}
	}
	r.count("links", int64(len(links)))
	if len(r.PIDs) > 0 {
		r.figure("server_rss_kib_per_link", float64(rss[1]-rss[0])/1024/float64(r.Connections-half))
	}
	if err := r.measure("idle", func() { r.pause(r.Duration) }); err != nil || pings == 0 {
		return err
	}
	return r.measure("pinged", func() { r.ping(links, pings) })
}

// measure keeps what share of a core the server takes while f runs.
func (r *run) measure(name string, f func()) error {
	window, err := r.watch()
	if err != nil {
		return err
	}
	f()
	return window.end(name, 0)
}

// ping has each link ping once in every so long, evenly spread.
func (r *run) ping(links []*link, every time.Duration) {
	latency := r.timing("ping")
	r.open(float64(len(links))/every.Seconds(), func(n int, due time.Time) {
		switch _, err := links[n%len(links)].await(wire.CmdPing, nil); {
		case err == nil:
			latency.since(due)
			r.count("pings", 1)
		case r.ctx.Err() == nil:
			r.failed(err)
		}
	})
}
