package talk

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// storm has everybody act, and everything fail, for a while.
func (r *run) storm(random *rand.Rand, long time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), long)
	defer cancel()
	var running sync.WaitGroup
	loop := func(pause time.Duration, do func(random *rand.Rand)) {
		own := rand.New(rand.NewPCG(random.Uint64(), random.Uint64()))
		running.Go(func() {
			for sleep(ctx, pause/2+time.Duration(own.Int64N(int64(pause)))) {
				do(own)
			}
		})
	}
	for _, d := range r.devices {
		loop(60*time.Millisecond, func(random *rand.Rand) {
			d.life.RLock()
			defer d.life.RUnlock()
			d.act(random)
		})
	}
	loop(100*time.Millisecond, r.backend)
	loop(1500*time.Millisecond, r.killDevice)
	loop(700*time.Millisecond, r.cutDevice)
	loop(4*time.Second, r.killNode)
	if len(r.nodes) > 1 {
		loop(4*time.Second, r.cutBus)
	}
	running.Wait()
}

// sleep waits, and says whether the run goes on.
func sleep(ctx context.Context, long time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(long):
		return true
	}
}

func (r *run) killDevice(random *rand.Rand) {
	r.figures.Count("faults", "processes of clients killed")
	if err := r.devices[random.IntN(len(r.devices))].crash(); err != nil {
		r.wrong("%v", err)
	}
}

func (r *run) cutDevice(random *rand.Rand) {
	r.figures.Count("faults", "links cut")
	d := r.devices[random.IntN(len(r.devices))]
	r.trace("%s: its links are cut", d.name)
	links := d.links
	for _, link := range links {
		link.Cut()
	}
	time.Sleep(time.Duration(random.IntN(1500)) * time.Millisecond)
	for _, link := range links {
		link.Mend()
	}
}

func (r *run) killNode(random *rand.Rand) {
	r.figures.Count("faults", "nodes killed")
	at := random.IntN(len(r.nodes))
	r.trace("node %d is killed", at)
	if err := r.nodes[at].crash(time.Duration(random.IntN(1000)) * time.Millisecond); err != nil {
		r.wrong("%v", err)
	}
}

func (r *run) cutBus(random *rand.Rand) {
	r.figures.Count("faults", "buses cut")
	r.trace("the bus is cut")
	for _, link := range r.between {
		link.Cut()
	}
	cut := time.Duration(random.IntN(2000)) * time.Millisecond
	if r.long && random.IntN(3) == 0 {
		cut = 12 * time.Second // so long that the nodes miss each other
	}
	time.Sleep(cut)
	if r.nodes[0].peers() == "0" {
		r.figures.Count("faults", "buses cut, and noticed by a node")
	}
	for _, link := range r.between {
		link.Mend()
	}
}

// doInCalm has each device do everything once, one after the other, while nothing fails:
// everything must succeed, and the model knows exactly what comes of it.
func (r *run) doInCalm(random *rand.Rand) {
	r.calm = true
	defer func() { r.calm = false }()
	for _, d := range r.devices {
		peer := r.users[random.IntN(len(r.users))]
		if peer == d.user {
			continue
		}
		d.send(peer)
		d.send(peer)
		d.pin(peer, random.IntN(2) == 0)
		switch random.IntN(5) {
		case 0:
			d.read(peer)
		case 1:
			d.modify(random)
		case 2:
			d.recall(random)
		case 3:
			d.deleteOne(random)
		case 4:
			if random.IntN(3) == 0 {
				d.clear(peer)
			} else if random.IntN(3) == 0 {
				d.deleteConversation(peer)
			}
		}
	}
}
