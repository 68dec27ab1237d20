package chat

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/msgbody"
)

// Hook asks the apps' own backends. Its methods may be called at the same time.
type Hook interface {
	// Ask returns what an app's backend answers to a question, within the time that the
	// app's settings give it. It is asked once.
	Ask(ctx context.Context, question Event) (answer []byte, err error)
}

// MessageHooks are what an app's backend is asked about one-to-one messages, and what it is told.
type MessageHooks struct {
	BeforeSend  bool // it is asked before a message is kept
	AfterSend   bool // it hears what became of a message
	AfterRead   bool // it hears how far a conversation was read
	AfterRecall bool // it hears of recalls

	// RefuseUnanswered refuses what the backend did not answer in time, or not in a way that can
	// be understood. Else the message is sent as if nobody had to be asked.
	RefuseUnanswered bool
}

// The codes of a message that a backend keeps back.
const (
	unanswered  timerr.Code = 80003
	customFirst timerr.Code = 120001 // a backend's own codes for the sender
	customLast  timerr.Code = 130000
)

// What a backend's answer says in its ErrorCode, besides a code of its own.
const (
	verdictSend = 0
	verdictDrop = 2 // nobody gets it, and the sender does not learn of that
)

// asksAtOnce is how many messages of one link are asked about at a time.
const asksAtOnce = 8

// maxVerdictText bounds the text that a backend has for a sender, in bytes.
const maxVerdictText = 512

// verdict is what a backend says to a message.
type verdict struct {
	Code  *int            `json:"ErrorCode"`
	Info  string          `json:"ErrorInfo"`
	Body  json.RawMessage `json:"MsgBody"`
	Cloud *string         `json:"CloudCustomData"`
}

// hooks are those of a conversation's app, or none where nobody is to be asked or told.
func (s *Service) hooks(conv Conv) MessageHooks {
	if conv.Type != tim.ConvTypeC2C {
		return MessageHooks{}
	}
	app, _ := s.app(conv.App)
	return app.Hooks
}

// askAll asks about messages of one link, several at a time. Their order stays.
func (s *Service) askAll(list []*outgoing) {
	slots := make(chan struct{}, asksAtOnce)
	var asking sync.WaitGroup
	for _, o := range list {
		if !s.hooks(o.conv).BeforeSend {
			continue
		}
		slots <- struct{}{}
		asking.Go(func() {
			defer func() { <-slots }()
			s.askBackend(o)
		})
	}
	asking.Wait()
}

// askBackend asks the app's backend about a message, if it is to be asked, and does with the message
// what it says. A message that is kept already was asked about the first time.
func (s *Service) askBackend(o *outgoing) {
	hooks := s.hooks(o.conv)
	if !hooks.BeforeSend || o.silent || o.message.SkipBeforeHook || s.cfg.Hook == nil {
		return
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	if !o.message.OnlineOnly {
		_, err := s.store.FindMessage(ctx, o.conv, o.message.Sender, o.message.MsgID)
		if err == nil {
			return
		}
		if !errors.Is(err, ErrNoMessage) {
			o.err = s.messageStoreError("look for a message", err)
			return
		}
	}
	o.at = time.Now()
	question, err := beforeSend(*o)
	if err == nil {
		s.CountUsage(o.conv.App, CallbacksSent, 1)
		var answer []byte
		if answer, err = s.cfg.Hook.Ask(s.ctx, question); err == nil {
			s.CountUsage(o.conv.App, CallbacksTaken, 1)
			err = s.follow(o, answer)
		}
	}
	if err == nil {
		return
	}
	s.log.Debug("an app's backend did not say whether a message may be sent", "app", o.conv.App, "error", err)
	if hooks.RefuseUnanswered {
		o.err = timerr.Newf(unanswered, "the app's server did not say whether the message may be sent")
	}
}

// follow does what an answer says. An answer that cannot be followed is an error, and has
// changed nothing.
func (s *Service) follow(o *outgoing, answer []byte) error {
	var v verdict
	if json.Unmarshal(answer, &v) != nil || v.Code == nil {
		return errors.New("the answer is no JSON object with an ErrorCode")
	}
	switch code := timerr.Code(*v.Code); {
	case code == verdictSend:
		return s.rewrite(o, v)
	case code == verdictDrop:
		o.dropped = true
	case code >= customFirst && code <= customLast:
		o.err = timerr.New(code)
		if text := strings.ToValidUTF8(v.Info[:min(len(v.Info), maxVerdictText)], ""); text != "" {
			o.err = timerr.Newf(code, "%s", text)
		}
	default:
		o.err = timerr.Newf(timerr.SvrMsgPushDeny, "the app's server has refused the message")
	}
	return nil
}

// rewrite puts what the backend wants to be sent in the place of what was to be.
func (s *Service) rewrite(o *outgoing, v verdict) error {
	m := o.message
	if len(v.Body) > 0 && string(v.Body) != "null" {
		elements, err := msgbody.Parse(v.Body)
		if err != nil {
			return errors.New("the answer's MsgBody is none") // the cause may quote it
		}
		m.Elements = elements
	}
	if v.Cloud != nil {
		m.CloudCustom = *v.Cloud
	}
	if checkMessage(m, s.cfg.Messages) != nil {
		return errors.New("the answer's message cannot be sent")
	}
	o.rewritten = o.rewritten || !sameText(m, o.message)
	o.message = m
	return nil
}

// sameText says whether two messages say the same.
func sameText(a, b wire.Message) bool {
	one, err := json.Marshal(a.Elements)
	other, failed := json.Marshal(b.Elements)
	return err == nil && failed == nil && string(one) == string(other) && a.CloudCustom == b.CloudCustom
}
