package bus

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/banter-im/banter/server/chat"
)

// NATSConfig says how a node reaches the NATS servers of its operator.
type NATSConfig struct {
	Servers  []string // as ParseServers returns them
	User     string   // "": Secret is a token
	Secret   string   // the token, or the password of User; "": none
	TLS      *tls.Config
	Announce time.Duration // how often ends tell each other that they are there; 5 s
}

// The bounds of what waits between the connection and its receivers. Nothing waits
// there for a receiver, only for the processor.
const (
	maxIncoming  = 8192
	maxAnswering = 1024
)

// inboxPrefix keeps the replies within what an operator has to allow: banter.>
const inboxPrefix = "banter.inbox"

// NATS is one end of a bus on NATS, as each node has one. It is a chat.Bus.
//
// What a node publishes for itself stays in it, on a Hub, and so is delivered while the
// servers are away. What comes from others goes through the same Hub, whose queues are
// bounded: reading the connection never waits for a receiver.
type NATS struct {
	id       string // of this end, new with each
	log      *slog.Logger
	local    *Conn
	conn     *nats.Conn
	embedded *server.Server // nil: the servers are the operator's

	interests interests
	peers     peers
	routes    routes
	fences    fences
	incoming  chan *nats.Msg // published by others
	requests  chan *nats.Msg
	answering chan struct{} // a place taken by each request under way or waiting

	announceEvery time.Duration
	announceSoon  chan struct{}
	away          atomic.Bool // since the last announcement
	returned      chan struct{}

	ctx     context.Context // ends with Close
	end     context.CancelFunc
	running sync.WaitGroup
}

// Dial connects to the operator's NATS servers. While none can be reached, it returns an
// end that goes on trying; credentials that they refuse are an error.
func Dial(cfg NATSConfig, log *slog.Logger) (*NATS, error) {
	n := newNATS(cfg.Announce, log)
	options := append(n.options(), func(o *nats.Options) error {
		o.Servers, o.TLSConfig = cfg.Servers, cfg.TLS
		if cfg.User == "" {
			o.Token = cfg.Secret
		} else {
			o.User, o.Password = cfg.User, cfg.Secret
		}
		return nil
	})
	if err := n.connect(options); err != nil {
		return nil, err
	}
	return n, nil
}

func newNATS(announceEvery time.Duration, log *slog.Logger) *NATS {
	n := &NATS{
		id:            rand.Text(),
		log:           log,
		local:         NewHub(log).Connect(),
		incoming:      make(chan *nats.Msg, maxIncoming),
		requests:      make(chan *nats.Msg, maxIncoming),
		answering:     make(chan struct{}, maxAnswering),
		announceEvery: cmp.Or(announceEvery, 5*time.Second),
		announceSoon:  make(chan struct{}, 1),
		returned:      make(chan struct{}, 1),
	}
	n.fences.init(n.fenceRound)
	n.ctx, n.end = context.WithCancel(context.Background())
	return n
}

// options are those of any connection. Nothing is kept for a server that is away: a
// message that waited for it would be late, and the store tells better.
func (n *NATS) options() []nats.Option {
	return []nats.Option{
		nats.Name("banterd"),
		nats.NoEcho(),
		nats.CustomInboxPrefix(inboxPrefix),
		nats.ReconnectBufSize(-1),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(250 * time.Millisecond),
		nats.IgnoreAuthErrorAbort(), // credentials may be mended over there
		nats.PingInterval(5 * time.Second),
		nats.MaxPingsOutstanding(2),
		nats.FlusherTimeout(5 * time.Second),
		nats.ConnectHandler(n.connected),
		nats.ReconnectHandler(n.connected),
		nats.DisconnectErrHandler(n.disconnected),
		nats.ErrorHandler(n.failed),
	}
}

// connect dials, and goes on dialling behind the caller's back unless the servers were
// there and said no.
func (n *NATS) connect(options []nats.Option) (err error) {
	n.conn, err = nats.Connect("", options...)
	if err != nil && !refused(err) {
		n.away.Store(true)
		n.log.Warn("bus: no server can be reached yet", "error", err)
		n.conn, err = nats.Connect("", append(options, nats.RetryOnFailedConnect(true))...)
	}
	if err != nil {
		n.end()
		return fmt.Errorf("connect to the bus: %w", err)
	}
	if err = n.start(); err != nil {
		n.Close()
		return fmt.Errorf("listen on the bus: %w", err)
	}
	return nil
}

func refused(err error) bool {
	return errors.Is(err, nats.ErrAuthorization) || errors.Is(err, nats.ErrAuthExpired)
}

// start listens to the other ends, and begins to work.
func (n *NATS) start() error {
	for subject, receive := range map[string]nats.MsgHandler{
		endsSubject:         n.hear,
		fenceSubject:        n.answerFence,
		fencedSubject(n.id): n.fences.answered,
	} {
		if _, err := n.conn.Subscribe(subject, receive); err != nil {
			return err
		}
	}
	n.running.Go(n.deliverForEver)
	n.running.Go(n.answerForEver)
	n.running.Go(n.announceForEver)
	if n.embedded != nil {
		n.running.Go(n.watchRoutes)
	}
	n.fences.wait()
	return nil
}

// Close is that of chat.Bus. It waits for a moment until the other ends know.
func (n *NATS) Close() error {
	if !n.interests.close() {
		return nil
	}
	n.local.Close()
	if n.conn.IsConnected() {
		n.tell(note{End: n.id, Gone: true})
		n.fences.wait()
	}
	n.end()
	n.conn.Close()
	n.running.Wait()
	if n.embedded != nil {
		n.embedded.Shutdown()
		n.embedded.WaitForShutdown()
	}
	return nil
}

// Returned is that of chat.Bus.
func (n *NATS) Returned() <-chan struct{} { return n.returned }

// Connected tells whether a server is at the other end of the connection.
func (n *NATS) Connected() bool { return n.conn.IsConnected() }

// Peers returns how many other ends this one knows.
func (n *NATS) Peers() int { return len(n.peers.ids()) }

// lost tells everybody here that others may have been missed.
func (n *NATS) lost() {
	n.local.hub.lag("")
	select {
	case n.returned <- struct{}{}:
	default: // one is waiting
	}
}

func (n *NATS) connected(*nats.Conn) {
	n.log.Info("bus: connected")
	n.soon()
}

func (n *NATS) disconnected(_ *nats.Conn, err error) {
	if n.ctx.Err() == nil {
		n.away.Store(true)
		n.log.Warn("bus: the connection is lost", "error", err)
	}
}

// failed hears what goes wrong behind the calls: of a subscription that lost messages
// before they came to its queue, its subscribers are told.
func (n *NATS) failed(_ *nats.Conn, subscription *nats.Subscription, err error) {
	if subscription == nil {
		n.log.Warn("bus: the connection failed", "error", err)
		return
	}
	n.log.Warn("bus: a subscription failed", "subject", subscription.Subject, "error", err)
	if errors.Is(err, nats.ErrSlowConsumer) {
		n.local.hub.lag(subscription.Subject)
	}
}

// busError is what a caller sees of an error of the connection.
func busError(doing string, err error) error {
	if errors.Is(err, nats.ErrConnectionClosed) {
		return chat.ErrBusClosed
	}
	return fmt.Errorf("%s on the bus: %w", doing, err)
}
