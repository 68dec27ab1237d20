package cache

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const pageSize = 4096

// used is a file that has been in use: its bytes, and those of the log beside it.
func used(t *testing.T) (data, wal []byte) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cache")
	write := func(from, to int) func(c *Cache) {
		return func(c *Cache) {
			require.NoError(t, c.Update(func() error {
				for i := from; i < to; i++ {
					v := Conversation{Type: 1, ID: fmt.Sprint("user", i%5), Number: int64(i%5 + 1), Pos: uint64(i)}
					id := fmt.Sprint("user-1767225600-", i)
					m := Message{Place: Place{Pos: uint64(i)}, ID: id, Status: 2, Kinds: 1, Text: id, Body: []byte(strings.Repeat("x", 300))}
					if err := errors.Join(c.PutConversation(&v), c.PutMessage(v.Number, m), c.AddRange(v.Number, Range{m.Pos, m.Pos})); err != nil {
						return err
					}
				}
				return c.SetPosition(Position{})
			}))
		}
	}
	c := openAt(t, path)
	write(1, 150)(c)
	require.NoError(t, c.Close())
	c = openAt(t, path)
	write(150, 160)(c)
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	wal, err = os.ReadFile(path + "-wal")
	require.NoError(t, err)
	require.NotEmpty(t, wal)
	require.NoError(t, c.Close())
	return data, wal
}

// useAll reads and writes everywhere, and returns all that failed.
func useAll(c *Cache) error {
	var all []error
	list, err := c.Conversations()
	all = append(all, err)
	for number := int64(1); number <= 5; number++ {
		_, err := c.History(number, Query{Start: Oldest, Newer: true, Limit: 100, Whole: Range{1, Newest}, Gaps: true})
		_, failed := c.Search(number, Range{1, Newest}, Search{Words: []string{"user"}, Kinds: 1})
		_, _, lost := c.Find(number, "user-1767225600-7")
		all = append(all, err, failed, lost, c.Update(func() error {
			m := Message{Place: Place{Pos: 1000}, ID: "new", Body: []byte("{}")}
			return errors.Join(c.PutMessage(number, m), c.AddRange(number, Range{1000, 1000}), c.Clear(number, 3))
		}))
	}
	for i := range list {
		all = append(all, c.Update(func() error { return c.PutConversation(&list[i]) }))
	}
	return errors.Join(all...)
}

// checkDamage opens, uses and opens again what has become of a file, and says whether that met damage.
func checkDamage(t *testing.T, name string, data, wal []byte) (met bool) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cache")
	require.NoError(t, os.WriteFile(path, data, 0o600))
	require.NoError(t, os.WriteFile(path+"-wal", wal, 0o600))
	c, setAside, err := Open(path)
	require.NoError(t, err, name)
	failed := useAll(c)
	c.Close() // may fail as the rest did
	again, later, err := Open(path)
	require.NoError(t, err, name)
	defer again.Close()
	if setAside != nil {
		assert.NoError(t, failed, "%s: the new file", name)
	}
	if failed != nil {
		assert.Error(t, later, "%s: it goes on being used although %v", name, failed)
		assert.NoError(t, useAll(again), name)
		assert.FileExists(t, path+".bad", name)
		assert.NoFileExists(t, path+besideDamaged, name)
	}
	return failed != nil || setAside != nil
}

// Whatever has become of the file, nothing panics; and once damage was met, the file is set
// aside when it is opened again, and an empty one is used without a failure.
func TestDamageAnywhere(t *testing.T) {
	data, wal := used(t)
	require.False(t, checkDamage(t, "nothing", data, wal))

	random := rand.New(rand.NewPCG(1, 2))
	met := 0
	for start := 0; start < len(data); start += pageSize {
		page := data[start : start+pageSize]
		noise, flipped := make([]byte, pageSize), bytes.Clone(page)
		for i := range noise {
			noise[i] = byte(random.Uint32())
		}
		for range 20 {
			flipped[random.IntN(100)] ^= 1 << random.IntN(8)
		}
		damages := []struct {
			name    string
			instead []byte
		}{{"noise", noise}, {"flipped bits", flipped}, {"zeros", make([]byte, pageSize)}, {"the first page", data[:pageSize]}}
		if os.Getenv("BANTER_LONG") == "" {
			n := start / pageSize % len(damages)
			damages = damages[n : n+1]
		}
		for _, d := range damages {
			if checkDamage(t, fmt.Sprint(d.name, " at ", start), bytes.Join([][]byte{data[:start], d.instead, data[start+pageSize:]}, nil), nil) {
				met++
			}
		}
		checkDamage(t, fmt.Sprint("cut behind ", start), data[:start+random.IntN(pageSize)], wal)
	}
	t.Logf("damage was met %d times", met)
	assert.Greater(t, met, len(data)/pageSize/4, "the damage is some")
	for range 10 {
		spoilt := bytes.Clone(wal)
		spoilt[random.IntN(len(wal))] ^= 0x55
		checkDamage(t, "a spoilt log", data, spoilt[:len(wal)-random.IntN(2)*random.IntN(len(wal))])
	}
}

// A cache that leaves the disk has all that it had, and takes more; the file stays as it was.
func TestACacheThatLeavesTheDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cache")
	c := openAt(t, path)
	number := fill(t, c, Place{1, 0}, Place{2, 0})
	assert.False(t, c.InMemory())
	require.NoError(t, c.MoveToMemory())
	assert.True(t, c.InMemory())
	require.NoError(t, c.Update(func() error {
		return c.PutMessage(number, Message{Place: Place{3, 0}, ID: "third", Body: []byte("{}")})
	}))
	page, err := c.History(number, Query{Start: Latest, Limit: 9, Whole: Range{1, 3}, Gaps: true})
	require.NoError(t, err)
	assert.Len(t, page.Messages, 3)
	require.NoError(t, c.Close())

	c = openAt(t, path)
	page, err = c.History(number, Query{Start: Latest, Limit: 9, Whole: Range{1, 3}, Gaps: true})
	require.NoError(t, err)
	assert.Len(t, page.Messages, 2)
}
