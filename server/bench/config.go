package bench

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/banter-im/banter/internal/usersig"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/session"
)

// The most that a run may ask for. A machine that makes the load reaches its own limits before.
const (
	maxDuration    = 24 * time.Hour
	maxUsers       = 10_000_000
	maxConnections = 200_000
	maxRate        = 200_000
	maxOutstanding = 20_000
)

// Config is what a run is made of. Not every scenario uses all of it.
type Config struct {
	Server   string // ws://host:port or wss://host:port
	AppID    uint64
	Key      []byte // signs the users' tickets
	CA       string // file of the authorities of the server's certificate; "": the system's
	Prefix   string // of user ids: the number follows
	Platform string // of the clients

	Registered int // accounts that are there: the users are some of them; 0: whoever

	Frames bool // hello and the login are frames of their own

	PIDs PIDs   // of the server's processes, whose CPU and memory are read
	From Subnet // where links are dialed from

	Duration    time.Duration // of what is measured
	Timeout     time.Duration // of one dial, login or request
	Rate        float64       // a second: an open loop; 0: a closed one
	Outstanding int           // under way at the same time in a closed loop
	Users       int
	Connections int // links that are held
	Settle      time.Duration
}

// Flags makes the flags that every scenario has. The key is read by the caller.
func (c *Config) Flags(flags *flag.FlagSet) {
	flags.StringVar(&c.Server, "server", "", "`address` of the server: ws://host:port or wss://host:port")
	flags.Uint64Var(&c.AppID, "app-id", 0, "`number` of the app")
	flags.StringVar(&c.CA, "ca", "", "`file` of the authorities that the server's certificate is from (default the system's)")
	flags.StringVar(&c.Prefix, "prefix", "bench", "what the users' ids begin with; their number follows")
	flags.IntVar(&c.Registered, "registered", 0, "so many accounts are there, from number 0 on: the users are some of these, each far from the one before (default the first ones)")
	flags.StringVar(&c.Platform, "platform", "linux", "what the clients say they run on")
	flags.BoolVar(&c.Frames, "frames", false, "hello and the login go as frames of their own, each answered before the next, instead of with the handshake")
	flags.Var(&c.PIDs, "pid", "`ids` of the server's processes on this machine, with commas: their CPU and memory are read too")
	flags.Var(&c.From, "from", "`network` whose addresses links are dialed from in turn, such as 127.0.0.0/24 (default the system's choice)")
	flags.DurationVar(&c.Timeout, "timeout", 30*time.Second, "of one dial, login or request")
}

// DurationFlag makes the flag for how long is measured.
func (c *Config) DurationFlag(flags *flag.FlagSet, usual time.Duration) {
	flags.DurationVar(&c.Duration, "duration", usual, "of what is measured")
}

// LoopFlags makes the flags of a load that is an open or a closed loop.
func (c *Config) LoopFlags(flags *flag.FlagSet, outstanding int) {
	flags.Float64Var(&c.Rate, "rate", 0, "so many begin in a `second`, whatever becomes of those before: an open loop")
	flags.IntVar(&c.Outstanding, "outstanding", outstanding, "without --rate: so many are under way at all times")
}

// UsersFlag makes the flag for how many users there are.
func (c *Config) UsersFlag(flags *flag.FlagSet, usual int) {
	flags.IntVar(&c.Users, "users", usual, "so many take part, in turn")
}

// ConnectionsFlag makes the flag for how many links are held.
func (c *Config) ConnectionsFlag(flags *flag.FlagSet, usual int) {
	flags.IntVar(&c.Connections, "connections", usual, "so many links are held, each of a user of its own")
}

func (c *Config) check() error {
	at, err := url.Parse(c.Server)
	_, platformErr := session.ParsePlatform(c.Platform)
	switch {
	case c.Server == "":
		return errors.New("--server is missing")
	case err != nil || at.Host == "" || at.Scheme != "ws" && at.Scheme != "wss" || at.User != nil:
		return errors.New("--server is no address such as ws://127.0.0.1:7000")
	case c.AppID == 0:
		return errors.New("--app-id is missing")
	case len(c.Key) == 0:
		return errors.New("the app's key is missing")
	case usersig.CheckUserID(c.user(maxUsers)) != nil:
		return errors.New("--prefix is not printable ASCII, or too long for user ids of 32 characters")
	case platformErr != nil:
		return fmt.Errorf("--platform: %w", platformErr)
	case c.Rate < 0 || c.Rate > maxRate || c.Rate != c.Rate:
		return fmt.Errorf("--rate is not from 0 to %d", maxRate)
	}
	return errors.Join(within("timeout", c.Timeout, time.Millisecond, time.Hour),
		within("duration", c.Duration, 0, maxDuration),
		within("settle", c.Settle, 0, time.Hour),
		within("outstanding", c.Outstanding, 0, maxOutstanding),
		within("users", c.Users, 0, maxUsers),
		within("registered", c.Registered, 0, maxUsers),
		within("connections", c.Connections, 0, maxConnections))
}

// within says what is wrong with the value of a flag that is out of its range.
func within[T int | time.Duration](flag string, value, least, most T) error {
	if value < least || value > most {
		return fmt.Errorf("--%s is %v, and not from %v to %v", flag, value, least, most)
	}
	return nil
}

// user returns the id of the n-th user.
func (c *Config) user(n int) string {
	if n < c.Registered {
		n = scattered(n, c.Registered)
	}
	return c.Prefix + strconv.Itoa(n)
}

// scattered is a permutation of the numbers below so many, in which neighbours are far apart: who
// comes next lies in no page of a store that was read just before.
func scattered(n, below int) int {
	step := below*618/1000 | 1 // close to the golden ratio, which spreads them most evenly
	for gcd(step, below) != 1 {
		step += 2
	}
	return n * step % below
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// writeBuffers are shared by all links: one that is silent has none.
var writeBuffers sync.Pool

func (c *Config) dialer() (*websocket.Dialer, error) {
	roots, err := c.roots()
	if err != nil {
		return nil, err
	}
	return &websocket.Dialer{
		NetDialContext:  c.From.dial(),
		TLSClientConfig: &tls.Config{RootCAs: roots, NextProtos: []string{"http/1.1"}},
		ReadBufferSize:  1 << 10,
		WriteBufferSize: 4 << 10,
		WriteBufferPool: &writeBuffers,
	}, nil
}

func (c *Config) roots() (*x509.CertPool, error) {
	if c.CA == "" {
		return nil, nil // the system's
	}
	text, err := os.ReadFile(c.CA)
	if err != nil {
		return nil, fmt.Errorf("--ca: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("--ca: %s holds no certificate", c.CA)
	}
	return pool, nil
}

func (c *Config) url() string { return strings.TrimSuffix(c.Server, "/") + wire.Path }

// PIDs are ids of processes, as a flag.
type PIDs []int

// String returns them with commas.
func (p *PIDs) String() string {
	texts := make([]string, len(*p))
	for i, pid := range *p {
		texts[i] = strconv.Itoa(pid)
	}
	return strings.Join(texts, ",")
}

// Set reads them with commas.
func (p *PIDs) Set(text string) error {
	for part := range strings.SplitSeq(text, ",") {
		pid, err := strconv.Atoi(part)
		if err != nil || pid <= 0 {
			return errors.New("no ids such as 123,456")
		}
		if !slices.Contains(*p, pid) {
			*p = append(*p, pid)
		}
	}
	return nil
}

// Subnet is a network of this machine's own addresses, as a flag. The zero Subnet leaves the
// choice to the system.
type Subnet struct{ netip.Prefix }

// String returns it as Set reads it.
func (s *Subnet) String() string {
	if !s.IsValid() {
		return ""
	}
	return s.Prefix.String()
}

// Set reads a network such as 127.0.0.0/24.
func (s *Subnet) Set(text string) error {
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return errors.New("no network such as 127.0.0.0/24")
	}
	s.Prefix = prefix.Masked()
	return nil
}

// hosts returns how many addresses links are dialed from, at most 65,534.
func (s *Subnet) hosts() int {
	free := min(s.Addr().BitLen()-s.Bits(), 16)
	return max(1, 1<<free-2)
}

// spareFiles is how many more files are open than there are links.
const spareFiles = 100
