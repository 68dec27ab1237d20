package core

import (
	"context"
	"net/url"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/banter-im/banter/core/transport"
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// filesFolder is where the server has files, beside wire.Path.
var filesFolder = path.Base(wire.FilesPath)

// fileAccess is how the files of messages are reached: on the server of the newest link,
// with the token that the session was given. The loop changes it, and anybody reads it.
type fileAccess struct {
	mu      sync.Mutex
	target  transport.Target // its URL is that of the server's files, such as https://host:port/files/
	user    string
	token   string
	expires time.Time
	changed chan struct{} // closed when it does
}

func newFileAccess() *fileAccess { return &fileAccess{changed: make(chan struct{})} }

// grant is what a transfer needs to begin.
type grant struct {
	target transport.Target
	token  string
}

// address is that of a file, or of what follows it.
func (g grant) address(id string) string { return g.target.URL + url.PathEscape(id) }

// moved takes note of the server that a link leads to.
func (a *fileAccess) moved(link transport.Target) {
	u, err := url.Parse(link.URL)
	if err != nil {
		return // no link can be there
	}
	u.Scheme = map[string]string{"ws": "http", "wss": "https"}[u.Scheme]
	u.Path = path.Join("/", path.Dir(u.Path), filesFolder) + "/"
	link.URL = u.String()
	a.change(func() { a.target = link })
}

// granted takes note of a token, which is good for some time.
func (a *fileAccess) granted(user, token string, life time.Duration) {
	a.change(func() { a.user, a.token, a.expires = user, token, time.Now().Add(life) })
}

func (a *fileAccess) change(f func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	f()
	close(a.changed)
	a.changed = make(chan struct{})
}

// of returns what a user has now: no token, when there is none that is good. changed is closed
// when there is something new.
func (a *fileAccess) of(user string) (g grant, changed <-chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	g = grant{target: a.target}
	if a.user == user && a.target.URL != "" && time.Now().Before(a.expires) {
		g.token = a.token
	}
	return g, a.changed
}

// fileLinks makes the addresses by which a user's game reads files.
type fileLinks struct {
	access *fileAccess
	user   string
}

// to is the address of a file, or "" while there is no token.
func (l *fileLinks) to(id string) string {
	if l == nil {
		return ""
	}
	g, _ := l.access.of(l.user)
	if g.token == "" {
		return ""
	}
	return g.address(id) + "?t=" + url.QueryEscape(g.token)
}

// fileOf returns the id of the file that an address of ours leads to, on whichever server. An
// address holds a token, and so it goes to nobody else and is never kept.
func fileOf(address string) (id string, ours bool) {
	if !strings.Contains(address, "?t=") {
		return "", false
	}
	u, err := url.Parse(address)
	if err != nil || u.Query().Get("t") == "" || path.Base(path.Dir(u.Path)) != filesFolder {
		return "", false
	}
	return path.Base(u.Path), true
}

// grantFiles takes the token that a session, or a command, brought.
func (c *Client) grantFiles(user string, access wire.FileAccess, serverTime time.Time) {
	life := time.Unix(access.ExpiresAt, 0).Sub(serverTime)
	if access.Token == "" || life <= 0 {
		return
	}
	c.files.granted(user, access.Token, life)
	if m := c.messenger; m != nil && m.user == user {
		m.enqueue(func() {
			m.drop(m.renewal) // that of a token before it
			m.renewal = m.after(life*3/4, func() { m.renewFiles(access.Token) })
		})
	}
}

// renewFiles asks for another token than that one, which ends or was refused.
func (m *messenger) renewFiles(than string) {
	if g, _ := m.client.files.of(m.user); m.renewing || g.token != "" && g.token != than {
		return
	}
	m.renewing = true
	askFor(m, wire.CmdFiles, struct{}{}, true, func(access wire.FileAccess, err error) {
		m.renewing = false
		if err != nil {
			m.client.log.Info("access to files cannot be renewed just now", "code", timerr.CodeOf(err))
			return
		}
		m.post(func() { m.client.grantFiles(m.user, access, time.Now().Add(m.client.offset)) })
	})
}

// grant waits until there is access to files, with another token than that one, which was
// refused.
func (m *messenger) grant(ctx context.Context, than string) (grant, error) {
	for {
		g, changed := m.client.files.of(m.user)
		if g.token != "" && g.token != than {
			return g, nil
		}
		m.enqueue(func() { m.renewFiles(than) })
		select {
		case <-changed:
		case <-ctx.Done():
			return grant{}, timerr.Newf(timerr.FileTransNoServer, "the server gives no access to files just now")
		}
	}
}
