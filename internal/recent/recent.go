// Package recent is a list that forgets what was named longest ago. Client and server keep
// the same one each, so they must agree on what it forgets.
package recent

import "slices"

// List is names, each once, the one that was added last at the end.
type List struct {
	names []string
	limit int
}

// New returns an empty list of at most limit names.
func New(limit int) List { return List{limit: limit} }

// Add puts name at the end. When there are too many, the first one goes, which it returns,
// or "".
func (l *List) Add(name string) (dropped string) {
	l.Remove(name)
	l.names = append(l.names, name)
	if len(l.names) <= l.limit {
		return ""
	}
	dropped = l.names[0]
	l.names = slices.Delete(l.names, 0, 1)
	return dropped
}

// Remove takes name out, and says whether it was there.
func (l *List) Remove(name string) bool {
	i := slices.Index(l.names, name)
	if i < 0 {
		return false
	}
	l.names = slices.Delete(l.names, i, i+1)
	return true
}

// Has says whether name is there.
func (l *List) Has(name string) bool { return slices.Contains(l.names, name) }

// Names returns a copy, the oldest first.
func (l *List) Names() []string { return slices.Clone(l.names) }
