package sqlstore

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/banter-im/banter/server/chat"
)

// lockstep is a transaction in which several operations go forward in step: what they ask next goes to the
// database together. They stand in the order of what they are about, in which each group takes the
// locks of its rows, so that no two wait in a circle.
type lockstep struct {
	postgres *postgres
	ctx      context.Context
	whole    *pipeline // asks for all of them
	members  []*member
	counter  counter
	failed   error // all is to be undone
}

// member is an operation of a lockstep. It runs until it asks something.
type member struct {
	*lockstep
	entry   *entry
	tx      pipeline
	ahead   func() (asks struct{}, ok bool)
	pause   func(struct{}) bool
	asks    []question
	ended   bool
	settled bool  // it is not done again, whatever becomes of the others
	err     error // how it ended
}

const (
	groupTimeout = 10 * time.Second // of a database that does not answer
	groupTries   = 3                // each time without those that failed themselves
)

// errAbandoned ends the members of a lockstep in which another one has failed.
var errAbandoned = errors.New("another operation of the group has failed")

// together is a gatherer's.
func (p *postgres) together(group []*entry) (all bool) {
	ctx, cancel := context.WithTimeout(context.Background(), groupTimeout)
	defer cancel()
	left := slices.DeleteFunc(slices.Clone(group), func(e *entry) bool { return e.ctx.Err() != nil })
	slices.SortStableFunc(left, func(a, b *entry) int { return cmp.Compare(a.about, b.about) })
	for try := 0; try < groupTries && len(left) > 0; try++ {
		var broken error
		if left, broken = p.inStep(ctx, left); broken != nil {
			p.log.Debug("store: operations are done one by one", "operations", len(left), "error", broken)
			break
		}
	}
	for _, e := range left {
		e.done <- errAlone
	}
	return len(left) == 0
}

// inStep does a group in a transaction, and returns those of which nothing was kept and that did not fail
// themselves. The others were told how they ended. Broken is why the transaction failed, if it did.
func (p *postgres) inStep(ctx context.Context, group []*entry) (left []*entry, broken error) {
	conn, err := p.groups.Conn(ctx)
	if err != nil {
		return group, err
	}
	defer conn.Close()
	l := &lockstep{postgres: p, ctx: ctx, whole: newPipeline(conn)}
	for _, e := range group {
		l.members = append(l.members, l.member(e))
	}
	if l.run(); l.failed == nil {
		l.failed = l.commit()
	}
	if l.failed != nil {
		l.whole.undo()
	}
	for _, m := range l.members {
		if l.failed != nil && !m.settled {
			left = append(left, m.entry)
			continue
		}
		m.entry.done <- m.err
	}
	if l.failed != errAbandoned {
		broken = l.failed
	}
	return left, broken
}

func (l *lockstep) member(e *entry) *member {
	m := &member{lockstep: l, entry: e}
	m.tx = pipeline{conn: l.whole.conn, member: m}
	m.ahead, _ = iter.Pull(func(pause func(struct{}) bool) { // it always comes to its end, so that nobody has to stop it
		m.pause = pause
		m.err = l.postgres.run(l.ctx, e.run, postgresTx{&m.tx})
	})
	return m
}

// run has all members go to their ends.
func (l *lockstep) run() {
	for {
		asking := l.step()
		if len(asking) == 0 {
			return
		}
		if l.failed == nil {
			l.failed = l.ask(asking)
		}
	}
}

// step has every member go on to where it asks something, and returns those that do.
func (l *lockstep) step() (asking []*member) {
	var failed bool
	for _, m := range l.members {
		if m.ended {
			continue
		}
		if _, asks := m.ahead(); asks {
			asking = append(asking, m)
			continue
		}
		m.ended = true
		if m.settled = l.failed == nil && m.err != nil; m.settled {
			failed = true
		}
	}
	if failed { // not before: the others would take its failure for theirs
		l.failed = errAbandoned
	}
	return asking
}

// ask asks what members do.
func (l *lockstep) ask(asking []*member) error {
	var all []question
	for _, m := range asking {
		all = append(all, m.asks...)
	}
	_, err := l.whole.ask(l.ctx, all...)
	return err
}

// commit keeps what the members did, with what they have left to be done and what they counted.
func (l *lockstep) commit() error {
	for _, m := range l.members {
		l.whole.waiting = append(l.whole.waiting, m.tx.waiting...)
	}
	l.counter.end(nil)
	l.whole.waiting = append(l.whole.waiting, l.counter.sum()...)
	err := l.whole.commit(l.ctx)
	if err != nil && !answered(err) { // nobody knows whether it was kept
		for _, m := range l.members {
			m.settled, m.err = true, err
		}
	}
	return err
}

// answered says whether an error is the database's own, so that nothing was kept.
func answered(err error) bool {
	var told *pgconn.PgError
	return errors.As(err, &told) || errors.Is(err, errUndone)
}

// ask is a pipeline's, for a member: the others go on to what they ask before it has its answers.
func (m *member) ask(questions []question) (did pgconn.CommandTag, err error) {
	if m.failed != nil {
		return did, m.failed
	}
	if len(questions) > 0 {
		questions[len(questions)-1].did = &did
	}
	m.asks = questions
	m.pause(struct{}{})
	return did, m.failed
}

// count counts a figure for all members in the row of one of them.
func (m *member) count(f chat.Figure) {
	f.Part = usagePart(string(m.members[0].entry.about))
	m.counter.count(f)
}
