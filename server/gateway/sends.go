package gateway

import (
	"sync"

	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
)

// maxSends bounds the messages of a link that wait to be kept. A link with so many is not
// read until there is room.
const maxSends = 64

// sends is a link's messages that wait, in their order. While some are kept, others come,
// and go into one transaction together. It has a goroutine only while something waits.
type sends struct {
	mu      sync.Mutex
	queue   []send
	room    sync.Cond // of mu
	running bool
	worker  sync.WaitGroup
}

type send struct {
	request wire.Request
	held    *chat.Attachment
	message wire.Message
}

func newSends() *sends {
	s := &sends{}
	s.room.L = &s.mu
	return s
}

// add queues a message for do, when there is room.
func (s *sends) add(one send, do func([]send)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.queue) >= maxSends {
		s.room.Wait()
	}
	s.queue = append(s.queue, one)
	if !s.running {
		s.running = true
		s.worker.Go(func() { s.work(do) })
	}
}

// work does what waits, until nothing does.
func (s *sends) work(do func([]send)) {
	for {
		s.mu.Lock()
		batch := s.queue
		s.queue = nil
		if len(batch) == 0 {
			s.running = false
			s.mu.Unlock()
			return
		}
		s.room.Broadcast()
		s.mu.Unlock()
		do(batch)
	}
}

// wait returns when nothing waits any more.
func (s *sends) wait() {
	if s != nil {
		s.worker.Wait()
	}
}
