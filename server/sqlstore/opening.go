package sqlstore

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
	"github.com/banter-im/banter/server/session"
)

// OpenSession is that of chat.Store.
func (s *Store) OpenSession(ctx context.Context, o chat.Opening) (chat.Opened, error) {
	open := s.login
	if o.Resume != 0 {
		open = s.resume
	}
	made, err := changeBy(func(op operation) error { return s.db.changeAbout(ctx, aboutAccount(o.App, o.User), op) },
		func(ctx context.Context, tx querier) (opening, error) { return open(ctx, tx, o) })
	if err == nil && made.kicked != nil {
		err = &chat.EndedError{End: *made.kicked}
	}
	if err == nil {
		s.wakeFor(o.App)
	}
	return made.opened, err
}

// opening is what came of an Opening: a session, or the news that the device was kicked,
// which is kept as told.
type opening struct {
	opened chat.Opened
	kicked *chat.End
}

func (s *Store) login(ctx context.Context, tx querier, o chat.Opening) (opening, error) {
	var account account
	var known []chat.Session
	find := sessionsFor(tx, o, &known)
	find.needless = func() bool { return account.number == 1 } // nobody has logged in before
	if err := ask(ctx, tx, takeNumber(o, &account), find); err != nil {
		return opening{}, err
	}
	sortByLogin(known)
	if err := account.check(o.TicketIssued); err != nil {
		return opening{}, err
	}
	if err := checkAttempt(known, o); err != nil {
		return opening{}, err
	}
	kicked, err := takeKick(ctx, tx, known, o)
	if err != nil || kicked != nil && o.RefuseKicked {
		return opening{kicked: kicked}, err
	}
	victims, others, err := admit(ctx, tx, known, o, account.number)
	if err != nil {
		return opening{}, err
	}
	newcomer := chat.Session{
		Ref:      chat.Ref{App: o.App, User: o.User, Session: o.Session},
		Login:    account.number,
		OpenedAt: kept(o.At),
	}
	newcomer = linked(newcomer, o, account.number)
	if err := insertSession(ctx, tx, newcomer); err != nil {
		return opening{}, err
	}
	opened := chat.Opened{Session: newcomer, NewAccount: account.number == account.born, Victims: victims,
		Presence: presenceOf(account, newcomer, others)}
	return opening{opened: opened}, s.wasOpened(ctx, tx, o, account, opened)
}

func (s *Store) resume(ctx context.Context, tx querier, o chat.Opening) (opening, error) {
	var account account
	var known []chat.Session
	if err := ask(ctx, tx, takeNextNumber(o, &account), sessionsFor(tx, o, &known)); err != nil {
		return opening{}, err
	}
	sortByLogin(known)
	if account.number == 0 {
		return opening{}, chat.ErrNoSession
	}
	if err := account.check(o.TicketIssued); err != nil {
		return opening{}, err
	}
	if err := checkAttempt(known, o); err != nil {
		return opening{}, err
	}
	before, err := findResumable(known, o)
	if err != nil {
		return opening{}, err
	}
	if before.State == chat.Ended {
		return opening{kicked: &before.End}, tellKick(ctx, tx, before.Ref)
	}
	victims, others, err := admit(ctx, tx, known, o, before.Login)
	if err != nil {
		return opening{}, err
	}
	newcomer := linked(before, o, account.number)
	opened := chat.Opened{Session: newcomer, Victims: victims, Presence: presenceOf(account, newcomer, others)}
	if before.State == chat.Live {
		opened.Superseded = &before
	}
	if err := relinkSession(ctx, tx, opened.Session); err != nil {
		return opening{}, err
	}
	return opening{opened: opened}, s.wasOpened(ctx, tx, o, account, opened)
}

// wasOpened keeps what an opening means to the app's figures and its backend, and does not keep all
// that the account's others have left.
func (s *Store) wasOpened(ctx context.Context, tx querier, o chat.Opening, a account, opened chat.Opened) error {
	if err := forgetEnded(ctx, tx, o, a.number); err != nil {
		return err
	}
	if err := countActive(ctx, tx, o, a, opened.NewAccount); err != nil {
		return err
	}
	return s.tell(ctx, tx, o.App, func() chat.Event { return chat.LoginEvent(o, opened.Victims) })
}

// linked is s with the link of o, which has the given number.
func linked(s chat.Session, o chat.Opening, number int64) chat.Session {
	s.Number = number
	s.Platform = o.Platform
	s.Instance = o.Instance
	s.Node = o.Node
	s.Attempt = o.Attempt
	s.TicketIssued, s.TicketExpires = kept(o.TicketIssued), kept(o.TicketExpires)
	s.Address, s.Reported = o.Address, false
	s.State, s.LostAt = chat.Live, time.Time{}
	return s
}

// findResumable returns the session that o means to resume, also one that was ended:
// whoever has its id may know why. A client that lost the answer to its last resume has the
// number before it: its next attempt shows that it is the same.
func findResumable(known []chat.Session, o chat.Opening) (chat.Session, error) {
	at := slices.IndexFunc(known, func(s chat.Session) bool { return s.Session == o.Session })
	if at < 0 {
		return chat.Session{}, chat.ErrNoSession
	}
	s := known[at]
	if s.State != chat.Ended && s.Number != o.Resume && !o.Attempt.Follows(s.Attempt) {
		return s, chat.ErrNoSession
	}
	return s, nil
}

// presenceOf is what an account's devices are once one has opened a session beside others.
func presenceOf(a account, newcomer chat.Session, others []chat.Session) chat.Presence {
	p := chat.Presence{Custom: a.custom}
	for _, s := range append(others, newcomer) {
		p.Add(s.Platform, s.State, s.LostAt)
	}
	return p
}

// admit ends the sessions that o's policy will not have beside it, and returns them as
// they were, and the others that it leaves open.
func admit(ctx context.Context, tx querier, known []chat.Session, o chat.Opening, login int64) (victims, others []chat.Session, err error) {
	open := slices.DeleteFunc(slices.Clone(known), func(s chat.Session) bool { return s.State == chat.Ended })
	live := make([]session.Live, len(open))
	byID := make(map[string]chat.Session, len(open))
	for i, s := range open {
		live[i] = session.Live{
			ID: s.Session, Platform: s.Platform, Instance: s.Instance, Login: s.Login,
			Lost: s.State != chat.Live, Gone: s.State == chat.Gone,
		}
		byID[s.Session] = s
	}
	newcomer := session.Live{ID: o.Session, Platform: o.Platform, Instance: o.Instance, Login: login}
	end := chat.End{Reason: wire.KickOtherDevice, Platform: o.Platform, Instance: o.Instance, At: o.At}
	for _, v := range o.Admit(live, newcomer) {
		victim, ok := byID[v.ID]
		if !ok || v.ID == o.Session {
			return nil, nil, errors.New("the policy ends a session that is not there to be ended")
		}
		delete(byID, v.ID)
		if victim.State == chat.Gone && isOf(victim, o) {
			if err := removeSession(ctx, tx, victim.Ref); err != nil {
				return nil, nil, err
			}
			continue
		}
		install := victim.Instance
		if isOf(victim, o) {
			install = "" // it is here, and knows
		}
		if err := endSession(ctx, tx, victim.Ref, end, install); err != nil {
			return nil, nil, err
		}
		victims = append(victims, victim)
	}
	delete(byID, o.Session)
	return victims, slices.DeleteFunc(open, func(s chat.Session) bool { return byID[s.Session].Session == "" }), nil
}

// isOf says whether a session is of the install that o comes from.
func isOf(s chat.Session, o chat.Opening) bool {
	return s.Instance != "" && s.Instance == o.Instance && s.Platform == o.Platform
}

// sessionsFor returns what an opening has to know of its account: the sessions that openSessions
// returns and, of those that have ended, the one to be resumed, those of the same run that
// have gone on, and those whose install does not know of their end. It is one statement, as each costs
// about as much as an insert.
//
// It comes after the one that locks the account: on PostgreSQL a statement sees what was
// committed before it began, and the other one may have waited.
func sessionsFor(tx querier, o chat.Opening, into *[]chat.Session) question {
	query := sessionsForQuery
	if _, shared := tx.(postgresTx); shared {
		query = sessionsForUpdate
	}
	return question{query: query,
		args: []any{int64(o.App), o.User, o.Session, o.Attempt.Run, o.Attempt.Number, o.Instance, string(o.Platform)},
		read: readSessions(into)}
}

const (
	sessionsForQuery = `
		SELECT ` + sessionColumns + ` FROM sessions
		WHERE app = $1 AND user_id = $2 AND (state <> 'ended' OR session = $3
			OR run <> '' AND run = $4 AND attempt >= $5
			OR instance <> '' AND instance = $6 AND platform = $7)`
	sessionsForUpdate = sessionsForQuery + forUpdateWords
)

func sortByLogin(sessions []chat.Session) {
	slices.SortFunc(sessions, func(a, b chat.Session) int { return cmp.Compare(a.Login, b.Login) })
}

// openSessions returns the account's live, lost and gone sessions, the oldest login first,
// and keeps them as they are until the transaction ends.
func openSessions(ctx context.Context, tx querier, app uint64, user string) ([]chat.Session, error) {
	return querySessions(ctx, tx, `
		SELECT `+sessionColumns+` FROM sessions
		WHERE app = $1 AND user_id = $2 AND state <> 'ended'
		ORDER BY login`+forUpdate(tx), int64(app), user)
}

func insertSession(ctx context.Context, tx querier, s chat.Session) error {
	return later(ctx, tx, `
		INSERT INTO sessions (app, user_id, session, number, login, platform, instance, node, opened_at,
			ticket_issued, ticket_expires, address, run, attempt, state)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 'live')`,
		int64(s.App), s.User, s.Session, s.Number, s.Login, string(s.Platform), s.Instance, s.Node,
		s.OpenedAt.UnixMilli(), s.TicketIssued.UnixMilli(), s.TicketExpires.UnixMilli(), s.Address,
		s.Attempt.Run, s.Attempt.Number)
}

func relinkSession(ctx context.Context, tx querier, s chat.Session) error {
	return later(ctx, tx, `
		UPDATE sessions SET number = $1, platform = $2, instance = $3, node = $4,
			ticket_issued = $5, ticket_expires = $6, address = $7, run = $8, attempt = $9,
			state = 'live', lost_at = NULL, reported = 0
		WHERE app = $10 AND user_id = $11 AND session = $12`,
		s.Number, string(s.Platform), s.Instance, s.Node,
		s.TicketIssued.UnixMilli(), s.TicketExpires.UnixMilli(), s.Address, s.Attempt.Run, s.Attempt.Number,
		int64(s.App), s.User, s.Session)
}
