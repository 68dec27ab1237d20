package chat

import (
	"cmp"
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/wire"
)

// Pusher tells users who have no link of messages, as phone makers' services do. Its methods
// may be called at the same time.
type Pusher interface {
	Push(ctx context.Context, p Push) error
}

// Push is what a Pusher tells a user of one message.
type Push struct {
	App    uint64
	User   string // who is told
	Conv   Conv
	Sender string
	MsgID  string
	Title  string          // the message's own, or the sender's name
	Text   string          // the message's own, or what its elements say
	Config json.RawMessage // message_offline_push_config; nil: there is none
	Badge  uint64          // what the user has not read of all conversations that notify
}

const (
	pushesAtOnce = 4
	pushTimeout  = 10 * time.Second
)

// pushJob is a message whose receivers may have to be pushed to.
type pushJob struct {
	conv  Conv
	m     wire.Message
	push  Push // without a user and what is the user's own
	taken time.Time
}

// startPushes begins to push, if there is a Pusher.
func (s *Service) startPushes() {
	if s.cfg.Pusher == nil {
		return
	}
	s.pushes = make(chan pushJob, s.cfg.PushesWaiting)
	for range pushesAtOnce {
		s.running.Go(s.pushForEver)
	}
}

// push has the receivers of a message that was kept told, later: no sender waits.
func (s *Service) push(conv Conv, m wire.Message) {
	if s.cfg.Pusher == nil {
		return
	}
	p, wanted := pushOf(conv, m)
	if !wanted {
		return
	}
	select {
	case s.pushes <- pushJob{conv, m, p, time.Now()}:
	default:
		s.meter.Pushed("dropped")
	}
}

// pushOf is what a message is pushed as, if it may be.
func pushOf(conv Conv, m wire.Message) (p Push, wanted bool) {
	var own struct {
		Flag  int    `json:"offline_push_config_flag"`
		Title string `json:"offline_push_config_title"`
		Desc  string `json:"offline_push_config_desc"`
	}
	_ = json.Unmarshal(m.OfflinePushConfig, &own) // what is of a wrong type says nothing
	nick := m.Sender
	if m.SenderProfile != nil {
		nick = cmp.Or(m.SenderProfile.Nick, m.Sender)
	}
	p = Push{App: conv.App, Conv: conv, Sender: m.Sender, MsgID: m.MsgID, Config: m.OfflinePushConfig,
		Title: cmp.Or(own.Title, nick), Text: cmp.Or(own.Desc, pushText(m.Elements))}
	return p, own.Flag != int(tim.OfflinePushFlagNoPush) && p.Text != "" && !m.OnlineOnly
}

// pushWords are what elements without a text are pushed as.
var pushWords = map[tim.ElemType]string{
	tim.ElemTypeImage: "[Image]", tim.ElemTypeSound: "[Sound]", tim.ElemTypeFile: "[File]", tim.ElemTypeVideo: "[Video]",
	tim.ElemTypeLocation: "[Location]", tim.ElemTypeFace: "[Face]", tim.ElemTypeMerge: "[Chat history]",
}

func pushText(elements []json.RawMessage) string {
	var b strings.Builder
	for _, one := range elements {
		var e struct {
			Kind tim.ElemType `json:"elem_type"`
			Text string       `json:"text_elem_content"`
			Desc string       `json:"custom_elem_desc"`
		}
		if json.Unmarshal(one, &e) != nil {
			continue
		}
		switch e.Kind {
		case tim.ElemTypeText:
			b.WriteString(e.Text)
		case tim.ElemTypeCustom:
			b.WriteString(e.Desc)
		default:
			b.WriteString(pushWords[e.Kind])
		}
	}
	return b.String()
}

func (s *Service) pushForEver() {
	for {
		select {
		case <-s.ctx.Done():
			return
		case job := <-s.pushes:
			for _, user := range job.conv.Pair() {
				if user != job.m.Sender {
					s.pushTo(user, job)
				}
			}
		}
	}
}

// pushTo tells a user of a message, if the user has no link and wants to be notified.
func (s *Service) pushTo(user string, job pushJob) {
	ctx, cancel := context.WithTimeout(s.ctx, pushTimeout)
	defer cancel()
	wanted, err := s.wantsPush(ctx, user, job)
	if err != nil {
		if s.ctx.Err() == nil {
			s.storeError("look whether a user wants a push", err)
			s.meter.Pushed("failed")
		}
		return
	}
	if !wanted {
		return
	}
	p := job.push
	p.User = user
	if p.Badge, err = s.badge(ctx, p.App, user); err != nil {
		s.storeError("count what a user has not read", err)
		s.meter.Pushed("failed")
		return
	}
	if err := s.cfg.Pusher.Push(ctx, p); err != nil {
		s.log.Debug("a user was not pushed to", "app", p.App, "user", user, "error", err)
		s.meter.Pushed("failed")
		return
	}
	s.meter.Pushed("pushed")
}

func (s *Service) wantsPush(ctx context.Context, user string, job pushJob) (bool, error) {
	presence, err := s.store.Presence(ctx, job.conv.App, []string{user})
	if err != nil || len(presence[user].Live) > 0 {
		return false, err
	}
	options, err := s.store.ReceiveOptions(ctx, user, []Conv{job.conv})
	if err != nil || options[0] != tim.ReceiveMessageOptReceive {
		return false, err
	}
	all, err := s.store.AllReceive(ctx, job.conv.App, user)
	return err == nil && !all.Quiet(job.taken), err
}

// badge is what a user has not read of all conversations that notify.
func (s *Service) badge(ctx context.Context, app uint64, user string) (unread uint64, err error) {
	views, err := s.store.UnreadConversations(ctx, app, user)
	for _, v := range views {
		if v.Option == tim.ReceiveMessageOptReceive {
			unread += v.Unread
		}
	}
	return unread, err
}
