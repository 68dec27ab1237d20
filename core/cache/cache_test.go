package cache

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func openAt(t *testing.T, path string) *Cache {
	t.Helper()
	c, setAside, err := Open(path)
	require.NoError(t, err)
	require.NoError(t, setAside)
	return c
}

// fill makes a conversation with the messages of the given places.
func fill(t *testing.T, c *Cache, places ...Place) int64 {
	t.Helper()
	v := Conversation{Type: 1, ID: "bob"}
	require.NoError(t, c.Update(func() error {
		if err := c.PutConversation(&v); err != nil {
			return err
		}
		for _, p := range places {
			m := Message{Place: p, ID: name(p), Time: int64(p.Pos), Status: 2, Body: []byte("{}")}
			if err := c.PutMessage(v.Number, m); err != nil {
				return err
			}
		}
		return nil
	}))
	return v.Number
}

func name(p Place) string {
	if p.Nth == 0 {
		return fmt.Sprint(p.Pos)
	}
	return fmt.Sprintf("%d+%d", p.Pos, p.Nth)
}

func names(list []Message) []string {
	all := []string{}
	for _, m := range list {
		all = append(all, m.ID)
	}
	return all
}

func TestWhatIsKeptIsThereAfterwards(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a ?%20 folder", "the cache")
	c := openAt(t, path)
	v := Conversation{Type: 1, ID: "bob", Pos: 9, Mod: 8, Rev: 7, FirstPos: 1, Unread: 6, CountedPos: 9, ReadPos: 5, ReadTime: 4, ClearPos: 3,
		DeletedPos: 2, PinnedAt: 1, ActiveTime: 10, PeerReadPos: 11, PeerReadTime: 12, Last: []byte(`{"a":1}`)}
	m := Message{Place: Place{9, 0}, ID: "id", Time: 5, Flags: Here, Status: 2, Body: []byte(`{"b":1}`)}
	require.NoError(t, c.Update(func() error {
		require.NoError(t, c.PutConversation(&v))
		require.NoError(t, c.PutMessage(v.Number, m))
		require.NoError(t, c.SetLastSeq(4_000_000_000))
		return c.SetPosition(Position{12, 34})
	}))
	undone := fmt.Errorf("undone")
	assert.ErrorIs(t, c.Update(func() error {
		require.NoError(t, c.SetPosition(Position{99, 99}))
		return undone
	}), undone)
	require.NoError(t, c.Close())
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	c = openAt(t, path)
	defer c.Close()
	list, err := c.Conversations()
	require.NoError(t, err)
	assert.Equal(t, []Conversation{v}, list)
	position, err := c.Position()
	require.NoError(t, err)
	assert.Equal(t, Position{12, 34}, position)
	seq, err := c.LastSeq()
	require.NoError(t, err)
	assert.Equal(t, uint32(4_000_000_000), seq)
	found, ok, err := c.Find(v.Number, "id")
	require.NoError(t, err)
	assert.True(t, ok)
	assert.Equal(t, m, found)
}

func TestAFileThatIsOfNoUseIsSetAside(t *testing.T) {
	for _, tt := range []struct {
		name  string
		spoil func(t *testing.T, path string)
	}{
		{"one that is no database", func(t *testing.T, path string) {
			require.NoError(t, os.WriteFile(path, []byte("this is no database, however long one looks at it"), 0o600))
		}},
		{"one whose pages are damaged", func(t *testing.T, path string) {
			data, err := os.ReadFile(path)
			require.NoError(t, err)
			for i := 100; i < len(data); i++ {
				data[i] = 0xA5
			}
			require.NoError(t, os.WriteFile(path, data, 0o600))
		}},
		{"one of a newer version", func(t *testing.T, path string) {
			c := openAt(t, path)
			require.NoError(t, c.exec("PRAGMA user_version = 99"))
			require.NoError(t, c.Close())
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "cache")
			c := openAt(t, path)
			fill(t, c, Place{1, 0})
			require.NoError(t, c.Close())
			tt.spoil(t, path)
			c, setAside, err := Open(path)
			require.NoError(t, err)
			defer c.Close()
			assert.Error(t, setAside)
			list, err := c.Conversations()
			require.NoError(t, err)
			assert.Empty(t, list)
			assert.FileExists(t, path+".bad")
		})
	}
}

func TestHistory(t *testing.T) {
	c := openAt(t, "")
	defer c.Close()
	number := fill(t, c, Place{0, 1}, Place{1, 0}, Place{2, 0}, Place{7, 0}, Place{8, 0}, Place{8, 1}, Place{8, 2}, Place{9, 0})
	require.NoError(t, c.AddRange(number, Range{1, 3})) // 3 was deleted
	require.NoError(t, c.AddRange(number, Range{7, 9}))
	all := Range{1, 9}
	for _, tt := range []struct {
		name string
		q    Query
		want []string
		hole *Range
	}{
		{"the newest come first, with those that were not sent", Query{Start: Latest, Limit: 4, Whole: all}, []string{"9", "8+2", "8+1", "8"}, nil},
		{"a hole ends a page that is not full", Query{Start: Latest, Limit: 20, Whole: all}, []string{"9", "8+2", "8+1", "8", "7"}, &Range{4, 6}},
		{"behind a message that was not sent comes the one before", Query{Start: Place{8, 1}, Limit: 1, Whole: all}, []string{"8"}, nil},
		{"a start inside a hole is before all of it", Query{Start: Place{6, 0}, Limit: 2, Whole: all}, []string{}, &Range{4, 5}},
		{"what was deleted is no hole", Query{Start: Place{4, 0}, Limit: 20, Whole: all}, []string{"2", "1", "0+1"}, nil},
		{"forwards the oldest come first", Query{Start: Oldest, Newer: true, Limit: 2, Whole: all}, []string{"0+1", "1"}, nil},
		{"and a hole ends the page too", Query{Start: Oldest, Newer: true, Limit: 20, Whole: all}, []string{"0+1", "1", "2"}, &Range{4, 6}},
		{"forwards to the end", Query{Start: Place{8, 0}, Newer: true, Limit: 20, Whole: all}, []string{"8+1", "8+2", "9"}, nil},
		{"what may be there and is not known is a hole", Query{Start: Place{9, 0}, Newer: true, Limit: 20, Whole: Range{1, Newest}}, []string{}, &Range{10, Newest}},
		{"holes may be of no interest", Query{Start: Latest, Limit: 20, Whole: all, Gaps: true}, []string{"9", "8+2", "8+1", "8", "7", "2", "1", "0+1"}, nil},
		{"times bound what is read", Query{Start: Latest, Limit: 20, Whole: all, Gaps: true, Times: Span{2, 7}}, []string{"7", "2"}, nil},
		{"before the first is nothing", Query{Start: Place{1, 0}, Limit: 20, Whole: all}, []string{"0+1"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			page, err := c.History(number, tt.q)
			require.NoError(t, err)
			assert.Equal(t, tt.want, names(page.Messages))
			assert.Equal(t, tt.hole, page.Hole)
		})
	}
}

func TestReceivedMessages(t *testing.T) {
	c := openAt(t, "")
	defer c.Close()
	number := fill(t, c)
	require.NoError(t, c.Update(func() error {
		for pos, flags := range []int{0, Unread, Here, Unread | Revoked, Unread, 0} {
			p := Place{uint64(pos + 1), 0}
			require.NoError(t, c.PutMessage(number, Message{Place: p, ID: name(p), Flags: flags, Body: []byte("{}")}))
		}
		return nil
	}))
	list, err := c.Received(number, 1, 6, 250)
	require.NoError(t, err)
	assert.Equal(t, []string{"2", "5", "6"}, names(list))
	list, err = c.Received(number, 0, 6, 2)
	require.NoError(t, err)
	assert.Equal(t, []string{"5", "6"}, names(list))
	unread, err := c.CountUnread(number, 1, 6)
	require.NoError(t, err)
	assert.Equal(t, uint64(2), unread)
	require.NoError(t, c.Clear(number, 4))
	unread, err = c.CountUnread(number, 1, 6)
	require.NoError(t, err)
	assert.Equal(t, uint64(1), unread)
}

func TestMessagesThatTheServerDoesNotHave(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cache")
	c := openAt(t, path)
	number := fill(t, c, Place{3, 0})
	for range 2 {
		place, err := c.NextPlace(number, 3)
		require.NoError(t, err)
		require.NoError(t, c.PutMessage(number, Message{Place: place, ID: name(place), Status: 1, Body: []byte("{}")}))
	}
	require.NoError(t, c.Close())
	c = openAt(t, path)
	defer c.Close()
	require.NoError(t, c.GiveUp(1, 3))
	m, found, err := c.Unsent(number)
	require.NoError(t, err)
	require.True(t, found)
	assert.Equal(t, Place{3, 2}, m.Place)
	assert.Equal(t, 3, m.Status)
	require.NoError(t, c.Delete(number, m.Place))
	_, found, err = c.Find(number, m.ID)
	require.NoError(t, err)
	assert.False(t, found)
}
