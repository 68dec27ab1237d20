package talk

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

var (
	anns = Side{"ann", "bob"}
	bobs = Side{"bob", "ann"}
)

// sent is a message that was acknowledged.
func (m *Model) sent(key string) *Message {
	one := m.Sends("ann", "bob")
	m.Named(one, key)
	m.Kept(one)
	return one
}

func (one *Message) seen() Seen { return Seen{Key: one.Key, From: one.From, Text: one.text} }

func both(messages []Seen, unread int) map[Side]Truth {
	return map[Side]Truth{anns: {messages, 0}, bobs: {messages, unread}}
}

func TestWhatIsTrueIsNotWrong(t *testing.T) {
	m := NewModel()
	a, b := m.sent("1_1"), m.sent("2_2")
	assert.Empty(t, m.Judge(both([]Seen{a.seen(), b.seen()}, 2)))
	m.Reads(bobs)()
	m.Recalls(a)
	m.Recalled(a)
	m.Modifies(b, b.Saying("x"))
	m.Modified(b, b.Saying("x"), 1)
	assert.Empty(t, m.Judge(both([]Seen{{Key: "1_1", From: "ann", Recalled: true}, b.seen()}, 0)))
	m.Clears(anns)()
	assert.Empty(t, m.Judge(map[Side]Truth{anns: {}, bobs: {[]Seen{{Key: "1_1", From: "ann", Recalled: true}, b.seen()}, 0}}))
}

func TestEachFaultIsFound(t *testing.T) {
	for what, one := range map[string]func(m *Model, a, b *Message) map[Side]Truth{
		"is not there":   func(m *Model, a, b *Message) map[Side]Truth { return both([]Seen{a.seen()}, 1) },
		"is there twice": func(m *Model, a, b *Message) map[Side]Truth { return both([]Seen{a.seen(), b.seen(), b.seen()}, 2) },
		"comes after it": func(m *Model, a, b *Message) map[Side]Truth { return both([]Seen{b.seen(), a.seen()}, 2) },
		"2 are unread": func(m *Model, a, b *Message) map[Side]Truth {
			m.Reads(bobs)()
			return both([]Seen{a.seen(), b.seen()}, 2)
		},
		"1 are unread": func(m *Model, a, b *Message) map[Side]Truth { return both([]Seen{a.seen(), b.seen()}, 1) },
		"nobody recalled": func(m *Model, a, b *Message) map[Side]Truth {
			return both([]Seen{{"1_1", "ann", "", true}, b.seen()}, 1)
		},
		"was recalled": func(m *Model, a, b *Message) map[Side]Truth {
			m.Recalled(a)
			return both([]Seen{a.seen(), b.seen()}, 2)
		},
		"was deleted": func(m *Model, a, b *Message) map[Side]Truth {
			m.Deleted(a, "bob")
			return both([]Seen{a.seen(), b.seen()}, 2)
		},
		"nobody sent": func(m *Model, a, b *Message) map[Side]Truth {
			return both([]Seen{a.seen(), b.seen(), {"9_9", "ann", "x", false}}, 2)
		},
		`it may say "m2 new" or []`: func(m *Model, a, b *Message) map[Side]Truth {
			m.Modified(b, "m2 new", 1)
			return both([]Seen{a.seen(), {"2_2", "ann", "m2 ", false}}, 2)
		},
	} {
		m := NewModel()
		a, b := m.sent("1_1"), m.sent("2_2")
		wrongs := m.Judge(one(m, a, b))
		if assert.NotEmpty(t, wrongs, what) {
			assert.Contains(t, wrongs[0], what)
		}
	}
}

// What was not answered is learned once, and holds from then on.
func TestWhatWasNotAnsweredIsLearned(t *testing.T) {
	m := NewModel()
	lost := m.Sends("ann", "bob")
	m.Named(lost, "3_3")
	assert.Empty(t, m.Judge(both(nil, 0)))
	assert.NotEmpty(t, m.Judge(both([]Seen{lost.seen()}, 1)), "it was not there")

	m = NewModel()
	there := m.Sends("ann", "bob")
	seen := Seen{"4_4", "ann", there.text, false}
	m.Recalls(there)
	m.Reads(bobs)
	m.Clears(bobs)
	assert.Empty(t, m.Judge(both([]Seen{seen}, 0)))
	assert.NotEmpty(t, m.Judge(both(nil, 0)), "it was there")

	m = NewModel()
	m.Pins(anns, true)
	assert.NoError(t, m.SettlePin(anns, false))
	assert.Error(t, m.SettlePin(anns, true))
	m.Pins(anns, true)()
	assert.Error(t, m.SettlePin(anns, false))
}

func TestATryToSendAgainMayBeThere(t *testing.T) {
	m := NewModel()
	one := m.Sends("ann", "bob")
	assert.Empty(t, m.Judge(both(nil, 0)))
	m.SendsAgain(one)
	assert.Empty(t, m.Judge(both([]Seen{{"5_5", "ann", one.text, false}}, 1)))
}
