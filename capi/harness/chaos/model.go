package chaos

import (
	"fmt"
	"slices"
	"strings"
)

// Account is what may be true of one account's sessions. It keeps every state that what was
// seen allows: a login that nobody answered may have been done, be done later, or never.
// What is seen at a quiet point leaves those states that agree with it.
//
// Its methods tell what the account's clients saw, in the order in which they saw it.
type Account struct {
	policy    Policy
	platforms map[string]string // by device
	worlds    []world
	storm     bool
}

// world is one state of an account.
type world struct {
	open []open   // in the order of their logins
	late []string // devices, one for each login that may take effect at any time
}

// open is a session.
type open struct {
	device string
	// A ghost has no client: it never comes back, has its place in the policy until it is
	// given up, and is not online at a quiet point.
	ghost bool
}

// NewAccount returns an account that nobody has logged in to. Platforms are its devices'.
func NewAccount(policy Policy, platforms map[string]string) *Account {
	return &Account{policy: policy, platforms: platforms, worlds: []world{{}}}
}

// Storm says that from now on any session may be without its link.
func (a *Account) Storm() { a.storm = true }

// LoggedIn says that a login of each device succeeded, all at one moment.
func (a *Account) LoggedIn(devices ...string) {
	var next []world
	for _, order := range permutations(devices) {
		worlds := a.worlds
		for _, device := range order {
			worlds = a.step(worlds, func(w world) []world { return a.admit(w, open{device: device}) })
		}
		next = append(next, worlds...)
	}
	a.worlds = unique(next)
}

// Renewed says that a device that its client took to be logged in was given a fresh ticket.
// Where it had lost its session before, that was a login.
func (a *Account) Renewed(device string) {
	a.worlds = a.step(a.worlds, func(w world) []world {
		if slices.Contains(w.open, open{device: device}) {
			return []world{w}
		}
		return a.admit(w, open{device: device})
	})
}

// Failed says that a login was not answered well. It may have taken effect, and may yet.
func (a *Account) Failed(device string) {
	a.worlds = a.step(a.worlds, func(w world) []world {
		w.late = append(slices.Clone(w.late), device)
		return []world{w}
	})
}

// Left says that a device's client is logged in no more, by its own doing or by its end.
// Whether the server heard of it is not known.
func (a *Account) Left(device string) {
	a.worlds = a.step(a.worlds, func(w world) []world {
		w.open = slices.Clone(w.open)
		for i := range w.open {
			if w.open[i].device == device {
				w.open[i].ghost = true
			}
		}
		return []world{w}
	})
}

// Voided says that an administrator ended every session, and made every ticket void.
func (a *Account) Voided() { a.worlds = []world{{}} }

// Settle tells which devices are online at a quiet point, in the order of their logins. It
// is an error when no state allows that.
func (a *Account) Settle(online []string) error {
	left := map[string]world{}
	for _, w := range a.step(a.worlds, func(w world) []world { return []world{w} }) {
		w = world{open: slices.Clone(w.open)}
		if !sameDevices(w.online(), online) {
			continue
		}
		slices.SortStableFunc(w.open, func(x, y open) int {
			return slices.Index(online, x.device) - slices.Index(online, y.device) // ghosts come first
		})
		left[w.String()] = w
	}
	if len(left) == 0 {
		return fmt.Errorf("online are %v, but the model expects %s", online, a.Expected())
	}
	a.worlds, a.storm = nil, false
	for _, w := range left {
		a.worlds = append(a.worlds, w)
	}
	return nil
}

// Expected returns the sets of devices that may be online.
func (a *Account) Expected() string {
	var sets []string
	for _, w := range a.step(a.worlds, func(w world) []world { return []world{w} }) {
		sets = append(sets, fmt.Sprint(slices.Sorted(slices.Values(w.online()))))
	}
	slices.Sort(sets)
	return strings.Join(slices.Compact(sets), " or ")
}

// step does something in every world, after whatever may have happened by itself.
func (a *Account) step(worlds []world, do func(world) []world) []world {
	var next []world
	for _, w := range a.closure(worlds) {
		next = append(next, do(w)...)
	}
	return unique(next)
}

// closure adds to the worlds those that they become by themselves: a ghost is given up, a
// late login takes effect.
func (a *Account) closure(worlds []world) []world {
	seen := map[string]bool{}
	var all []world
	for queue := worlds; len(queue) > 0; queue = queue[1:] {
		w := queue[0]
		if key := w.String(); seen[key] {
			continue
		} else {
			seen[key] = true
		}
		all = append(all, w)
		for i, o := range w.open {
			if o.ghost {
				queue = append(queue, world{slices.Delete(slices.Clone(w.open), i, i+1), w.late})
			}
		}
		for i, device := range w.late {
			done := world{w.open, slices.Delete(slices.Clone(w.late), i, i+1)}
			queue = append(queue, a.admit(done, open{device, true})...)
		}
	}
	return all
}

// admit returns what becomes of w when a newcomer logs in.
func (a *Account) admit(w world, newcomer open) []world {
	platform := a.platforms[newcomer.device]
	var stay, beside []open
	for _, o := range w.open {
		other := a.platforms[o.device]
		switch {
		case o.device == newcomer.device || a.policy.excludes(platform, other):
		case other == platform:
			beside = append(beside, o)
		default:
			stay = append(stay, o)
		}
	}
	var next []world
	for _, victims := range a.victims(beside, len(beside)+1-a.policy.limit(platform)) {
		var after []open
		for _, o := range w.open {
			if slices.Contains(stay, o) || slices.Contains(beside, o) && !slices.Contains(victims, o) {
				after = append(after, o)
			}
		}
		next = append(next, world{append(after, newcomer), w.late})
	}
	return next
}

// victims returns every choice of n sessions that may go: in a storm any, for who has a link
// and who came first is open then, else first the ghosts and then the earliest logins.
func (a *Account) victims(beside []open, n int) [][]open {
	switch {
	case n <= 0:
		return [][]open{nil}
	case a.storm:
		return choices(beside, n)
	}
	sorted := slices.Clone(beside)
	slices.SortStableFunc(sorted, func(x, y open) int {
		switch {
		case x.ghost == y.ghost:
			return 0
		case x.ghost:
			return -1
		}
		return 1
	})
	return [][]open{sorted[:n]}
}

func (w world) online() (devices []string) {
	for _, o := range w.open {
		if !o.ghost {
			devices = append(devices, o.device)
		}
	}
	return devices
}

// String is the same for worlds that are the same.
func (w world) String() string {
	return fmt.Sprint(w.open, slices.Sorted(slices.Values(w.late)))
}
