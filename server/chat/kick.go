package chat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/banter-im/banter/internal/wire"
)

// Logout ends the session of a link for good.
func (s *Service) Logout(a *Attachment) error { return s.end(a, LoggedOut) }

// Expire ends the session of a link whose ticket is no longer good.
func (s *Service) Expire(a *Attachment) error { return s.end(a, Expired) }

func (s *Service) end(a *Attachment, how Ending) error {
	ref, ok := s.held.end(a)
	if !ok {
		return nil
	}
	s.held.remove(a)
	return s.endSession(ref, how)
}

// LinkClosed says that a's link has ended. Told is whether its client is known to have
// read everything: a kicked session is forgotten then, and else kept for its resume.
func (s *Service) LinkClosed(a *Attachment, told bool) { s.linkEnded(a, told, LinkClosed) }

// LinkLost is LinkClosed for a link that the client did not end: it timed out, or the
// server closed it. The app's backend hears of it only if nobody comes back.
func (s *Service) LinkLost(a *Attachment, told bool) { s.linkEnded(a, told, LinkLost) }

func (s *Service) linkEnded(a *Attachment, told bool, how Ending) {
	s.usage.went(a)
	s.watching.gone(a)
	s.unlisten(a)
	ref, kicked, over := s.held.finish(a)
	switch {
	case kicked:
		s.settle(ref, told)
	case !over:
		s.endSession(ref, how) // it logs what fails, and the sweep tries again
	}
}

func (s *Service) endSession(ref Ref, how Ending) error {
	ctx, cancel := s.storeContext()
	defer cancel()
	changed, err := s.store.EndSession(ctx, ref, how, time.Now())
	if err != nil {
		s.doubt.Store(true)
		return s.storeError("end a session", err)
	}
	if changed {
		s.watching.changed(ref.App, ref.User)
		s.log.Debug("session ended", "app", ref.App, "user", ref.User, "number", ref.Number, "how", how)
	}
	return nil
}

// settle closes the case of a kicked session whose link has ended. When the store fails,
// the sweep releases the session.
func (s *Service) settle(ref Ref, told bool) {
	ctx, cancel := s.storeContext()
	defer cancel()
	settle := s.store.ReleaseSession
	if told {
		settle = s.store.ForgetSession
	}
	if err := settle(ctx, ref); err != nil {
		s.storeError("settle a kicked session", err)
	}
}

// KickAccount ends every session of the account, and voids all tickets that were issued
// until now. It returns when a new ticket is good: tickets count in whole seconds, so
// that is when the next second has begun.
func (s *Service) KickAccount(ctx context.Context, app uint64, user, reason string) error {
	now := time.Now()
	until := now.Truncate(time.Second)
	ended := End{Reason: reason, At: now.Truncate(time.Millisecond)}
	live, err := s.store.VoidTickets(ctx, app, user, until, ended)
	if errors.Is(err, ErrNoAccount) {
		return err
	}
	if err != nil {
		return s.storeError("void tickets", err)
	}
	s.watching.changed(app, user)
	for _, victim := range live {
		s.kick(victim, ended)
	}
	return awaitEnd(ctx, until)
}

// displace closes the links of the sessions that an opening ended or took over.
func (s *Service) displace(opened Opened) {
	ended := End{
		Reason:   wire.KickOtherDevice,
		Platform: opened.Session.Platform,
		Instance: opened.Session.Instance,
		At:       time.Now(),
	}
	for _, victim := range opened.Victims {
		s.kick(victim, ended)
	}
	if old := opened.Superseded; old != nil {
		request := nodeRequest{Session: old.Session, Number: opened.Session.Number}
		s.atNode(old.Node, request)
	}
}

// kick tells the victim's link, wherever it is. A lost session has none: its device
// learns of the kick when it resumes.
func (s *Service) kick(victim Session, ended End) {
	s.meter.Kick(ended.Reason)
	level := slog.LevelInfo
	if own := victim.Instance != "" && victim.Instance == ended.Instance && victim.Platform == ended.Platform; own && victim.State != Live {
		level = slog.LevelDebug // a game that was started anew
	}
	s.log.Log(context.Background(), level, "session kicked", "app", victim.App, "user", victim.User, "number", victim.Number,
		"platform", victim.Platform, "reason", ended.Reason, "by", ended.Platform)
	if victim.State == Live {
		notice := noticeOf(ended)
		s.atNode(victim.Node, nodeRequest{Session: victim.Session, Kicked: &notice})
	}
}

func noticeOf(e End) wire.Kicked {
	return wire.Kicked{Reason: e.Reason, Platform: string(e.Platform), Time: e.At.Unix(), Instance: e.Instance}
}

// nodeRequest is what one node asks of another about a session: to kick it, or to close
// its links of numbers below Number.
type nodeRequest struct {
	Session string       `json:"session"`
	Number  int64        `json:"number,omitempty"`
	Kicked  *wire.Kicked `json:"kicked,omitempty"`
}

// atNode does what the request says: here at once, on another node without waiting.
func (s *Service) atNode(node string, request nodeRequest) {
	switch node {
	case s.cfg.Node:
		s.obey(request)
	case "":
	default:
		s.running.Go(func() { s.ask(node, request) })
	}
}

func (s *Service) obey(request nodeRequest) {
	if request.Kicked != nil {
		s.held.kick(request.Session, *request.Kicked)
		return
	}
	s.held.supersede(request.Session, request.Number)
}

// A request to a node is made so often, each try with so much time. After that a kick
// still arrives: the node finds the ended row when it asks the store.
const (
	nodeTries   = 3
	nodeTimeout = time.Second
)

func (s *Service) ask(node string, request nodeRequest) {
	body, err := json.Marshal(request)
	if err != nil {
		s.log.Error("encode a request for a node", "error", err)
		return
	}
	for range nodeTries {
		if err = s.askOnce(node, body); err == nil || s.ctx.Err() != nil {
			return
		}
	}
	level := slog.LevelDebug
	say, unsaid := s.silent.note(node, time.Now())
	if say {
		level = slog.LevelWarn
	}
	s.log.Log(context.Background(), level, "a node did not answer on the bus", "node", node, "error", err, "unsaid", unsaid)
}

// askOnce takes all of nodeTimeout when it fails, so that tries are spread.
func (s *Service) askOnce(node string, body []byte) error {
	ctx, cancel := context.WithTimeout(s.ctx, nodeTimeout)
	defer cancel()
	_, err := s.bus.Request(ctx, NodeSubject(node), body)
	if err != nil {
		<-ctx.Done()
	}
	return err
}

// answerNode does what another node asks of this one.
func (s *Service) answerNode(_ context.Context, body []byte) ([]byte, error) {
	var request nodeRequest
	if err := json.Unmarshal(body, &request); err != nil {
		return nil, fmt.Errorf("a request from a node: %w", err)
	}
	s.obey(request)
	return nil, nil
}
