package chat

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

const (
	// maxNews bounds whose changes wait to be told to the other nodes.
	maxNews = 10_000
	// newsTimeout bounds telling them.
	newsTimeout = time.Second
)

// changed notes that something was done to a user that may have changed their status.
func (w *watching) changed(app uint64, user string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	key := userKey{app, user}
	if w.users[key] != nil {
		w.doubt(key)
	}
	w.tellNodes(key)
}

// tellNodes has the other nodes told of a user. The caller holds w.mu.
func (w *watching) tellNodes(key userKey) {
	if w.news[key] = struct{}{}; len(w.news) > maxNews {
		clear(w.news)
		w.flood = true
	}
	w.rouse()
}

// statusNews is what nodes tell each other: that the statuses of users, or of anybody, may
// have changed. Whoever wants to know more asks the store.
type statusNews struct {
	Node  string   `json:"node"` // that tells it
	All   bool     `json:"all,omitempty"`
	Users []newsOf `json:"users,omitempty"`
}

type newsOf struct {
	App  uint64 `json:"app"`
	User string `json:"user"`
}

// publishNews tells the other nodes, in messages of a bounded size. What gets lost they
// find when they look up everybody.
func (s *Service) publishNews(news statusNews) {
	users := news.Users
	for news.All || len(users) > 0 {
		n := min(len(users), lookUpAtOnce)
		if err := s.publishOne(statusNews{Node: s.cfg.Node, All: news.All, Users: users[:n]}); err != nil {
			s.log.Debug("other nodes were not told of changed statuses", "error", err)
			return
		}
		news.All, users = false, users[n:]
	}
}

func (s *Service) publishOne(news statusNews) error {
	body, err := json.Marshal(news)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(s.ctx, newsTimeout)
	defer cancel()
	return s.bus.Publish(ctx, StatusSubject, body)
}

// hearStatusNews listens to what the other nodes tell.
func (s *Service) hearStatusNews() (Subscription, error) {
	return s.bus.Subscribe(StatusSubject, Receiver{
		Message: func(body []byte) {
			if err := s.takeNews(body); err != nil {
				s.log.Warn("news of statuses cannot be read", "error", err)
			}
		},
		Lagged: func() { s.watching.suspect(nil) },
	})
}

// takeNews takes a message of the bus. Its own this node has acted on already.
func (s *Service) takeNews(body []byte) error {
	var news statusNews
	if err := json.Unmarshal(body, &news); err != nil {
		return fmt.Errorf("news of statuses: %w", err)
	}
	if news.Node == s.cfg.Node {
		return nil
	}
	if news.All {
		s.watching.suspect(nil)
		return nil
	}
	keys := make([]userKey, len(news.Users)) // not nil: that would be everybody
	for i, one := range news.Users {
		keys[i] = userKey{one.App, one.User}
	}
	s.watching.suspect(keys)
	return nil
}
