package sqlstore

// aside has the operations that nobody waits for, such as the ends of links whose clients have left, until they
// are due, or somebody who waits comes with another one about the same.
type aside[E any] struct {
	about map[subject][]E
	order []subject // in which they came. Some are no longer there
	count int
}

func newAside[E any]() aside[E] { return aside[E]{about: map[subject][]E{}} }

func (a *aside[E]) put(about subject, e E) {
	a.about[about] = append(a.about[about], e)
	a.order = append(a.order, about)
	a.count++
}

// take takes what is about a subject.
func (a *aside[E]) take(about subject) []E {
	taken := a.about[about]
	delete(a.about, about)
	if a.count -= len(taken); a.count == 0 {
		a.order = nil
	}
	return taken
}

// oldest returns the one that came first.
func (a *aside[E]) oldest() (e E, ok bool) {
	for ; len(a.order) > 0; a.order = a.order[1:] {
		if about := a.about[a.order[0]]; len(about) > 0 {
			return about[0], true
		}
	}
	return e, false
}

// takeOldest takes n, in the order in which they came, or a few more: it takes all that is about a subject, or
// nothing of it. It leaves what is about one that is busy, of which nil knows none.
func (a *aside[E]) takeOldest(n int, busy map[subject]struct{}) (taken []E) {
	var left []subject
	for len(taken) < n && len(a.order) > 0 {
		about := a.order[0]
		a.order = a.order[1:]
		if _, is := busy[about]; is {
			left = append(left, about)
			continue
		}
		taken = append(taken, a.take(about)...)
	}
	a.order = append(left, a.order...)
	return taken
}
