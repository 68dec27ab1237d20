package core

import (
	"encoding/base32"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/banter-im/banter/core/cache"
	"github.com/banter-im/banter/internal/tim"
)

// open opens the cache of the user, and reads what is always in memory. Whoever cannot have
// the file works on a cache in memory.
func (m *messenger) open() {
	path, err := m.lockFile()
	if err != nil && !errors.Is(err, errInUse) && m.client.folder != "" {
		m.client.log.Warn("messages cannot be kept on this device", "error", err)
	} else if errors.Is(err, errInUse) {
		m.client.log.Info("another client keeps the messages of this user: here they are kept in memory", "error", err)
	}
	if err := m.openAt(path); err == nil {
		return
	} else if path != "" {
		m.client.log.Warn("messages cannot be kept on this device", "error", err)
	}
	if err := m.openAt(""); err != nil {
		panic(err) // SQLite without a file always opens: there is no memory
	}
}

// lockFile returns the path of the file that this client may use, "" for none.
func (m *messenger) lockFile() (string, error) {
	if m.client.folder == "" {
		return "", nil
	}
	name := fmt.Sprintf("banter-messages-%d-%s", m.client.appID, fileNameOf(m.user))
	lock, err := openLocked(m.client.folder, name+".lock")
	if err != nil {
		return "", err
	}
	m.lock = lock
	return filepath.Join(m.client.folder, name+".db"), nil
}

// fileNameOf is a user's id as every file system can have it, whatever case means there.
func fileNameOf(user string) string {
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString([]byte(user)))
}

func (m *messenger) openAt(path string) error {
	err := m.tryAt(path)
	if errors.Is(err, errUnreadable) {
		err = m.tryAt(path) // which sets it aside
	}
	return err
}

// errUnreadable says that a file is whole and what it holds makes no sense.
var errUnreadable = errors.New("what the file holds cannot be read")

func (m *messenger) tryAt(path string) error {
	opened, setAside, err := cache.Open(path)
	if setAside != nil {
		m.client.log.Warn("the file with messages was of no use, and is set aside", "error", setAside)
	}
	if err != nil {
		return err
	}
	if err := m.load(opened); err != nil {
		if cache.Useless(err) {
			err = errors.Join(errUnreadable, err)
		}
		if errors.Is(err, errUnreadable) {
			opened.Damaged()
		}
		return errors.Join(err, opened.Close())
	}
	m.cache = opened
	return nil
}

// load reads the conversations. What was being sent when the process ended has failed, as
// far as is known here: if the server has it, it shows when the history is read.
func (m *messenger) load(from *cache.Cache) (err error) {
	if err := from.GiveUp(int(tim.MsgStatusSending), int(tim.MsgStatusSendFail)); err != nil {
		return err
	}
	if m.position, err = from.Position(); err != nil {
		return err
	}
	if m.seq, err = from.LastSeq(); err != nil {
		return err
	}
	if err := first(m.loadAllReceive(from), m.loadGroups(from)); err != nil {
		return err
	}
	list, err := m.loadConversations(from)
	if err != nil {
		return err
	}
	m.conversations = make(map[convKey]*conversation, len(list))
	for _, c := range list {
		c.links, c.shown = m.links, c.visible()
		m.conversations[c.key()] = c
		m.count(c)
	}
	m.news.told = m.news.total
	return nil
}

// loadConversations reads all conversations, or none. What the cache has of them is read here,
// and made sense of beside it.
func (m *messenger) loadConversations(from *cache.Cache) (list []*conversation, err error) {
	unsent, err := from.AllUnsent()
	if err != nil {
		return nil, err
	}
	receives, err := from.Receives()
	if err != nil {
		return nil, err
	}
	var parts []*loaded
	others := shares{client: m.client}
	err = from.EachConversations(shareLeast, func(rows []cache.Conversation, more bool) {
		part := &loaded{}
		parts = append(parts, part)
		read := func() { part.list, part.err = m.readConversations(rows, receives, unsent) }
		if more {
			others.begin(read)
		} else {
			read()
		}
	})
	others.wait()
	for _, part := range parts {
		list = append(list, part.list...)
		err = errors.Join(err, part.err)
	}
	return list, err
}

// loaded is a part of the conversations.
type loaded struct {
	list []*conversation
	err  error
}

func (m *messenger) readConversations(rows []cache.Conversation, receives map[int64]cache.Receive, unsent map[int64]cache.Message) ([]*conversation, error) {
	list := make([]*conversation, len(rows))
	for i, row := range rows {
		var err error
		if list[i], err = m.readConversation(row, receives, unsent); err != nil {
			return nil, errors.Join(errUnreadable, err)
		}
	}
	return list, nil
}

// readConversation makes a conversation of what the cache has of it.
func (m *messenger) readConversation(row cache.Conversation, receives map[int64]cache.Receive, unsent map[int64]cache.Message) (*conversation, error) {
	c, err := conversationOf(row, m.user)
	if err == nil {
		err = c.loadReceiving(receives[row.Number])
	}
	if row, there := unsent[row.Number]; err == nil && there {
		var k kept
		k, err = keptOf(row)
		c.setUnsent(k)
	}
	return c, err
}

// setUnsent takes a message that the server does not have: the newest one may stand last.
func (c *conversation) setUnsent(k kept) {
	if !k.NoLast {
		c.unsent = &k
	}
}

func (m *messenger) close() {
	m.client.disk.enter()
	defer m.client.disk.leave()
	if m.cache != nil {
		if err := m.cache.Close(); err != nil {
			m.client.log.Warn("the file with messages was not closed well", "error", err)
		}
	}
	if m.lock != nil {
		m.lock.Close()
	}
}

// update changes the cache. What fails is in memory all the same: the next start of the game
// gets it from the server. An update in another one is made with it, or not at all.
func (m *messenger) update(f func() error) {
	if m.updating {
		m.failed = first(m.failed, f())
		return
	}
	ran := false
	err := m.cache.Update(func() error {
		ran = true
		m.updating, m.failed = true, nil
		defer func() { m.updating = false }() // also when f panics
		err := f()
		return first(err, m.failed)
	})
	if !ran {
		_ = f() // which fails as the update did
	}
	if err == nil {
		return
	}
	m.client.log.Warn("a change was not kept on this device", "error", err)
	if cache.CannotWrite(err) && !m.cache.InMemory() {
		m.leaveDisk()
	}
}

// leaveDisk goes on in memory when the disk takes no more: a history that can be kept nowhere
// could not be read either.
func (m *messenger) leaveDisk() {
	if err := m.cache.MoveToMemory(); err != nil {
		m.client.log.Warn("messages cannot be kept in memory either", "error", err)
		return
	}
	m.client.log.Warn("messages are kept in memory from now on, until the next login")
}

// keep keeps a conversation as it is now.
func (m *messenger) keep(c *conversation) error { return m.cache.PutConversation(c.row()) }

// number has a conversation numbered: a new one is kept for it.
func (m *messenger) number(c *conversation) error {
	if c.Number != 0 {
		return nil
	}
	return m.keep(c)
}
