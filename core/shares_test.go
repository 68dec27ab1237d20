package core

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// listedConversation is what a test reads of a conversation in a list.
type listedConversation struct {
	ID   string `json:"conv_id"`
	Last struct {
		Sender string `json:"message_sender"`
	} `json:"conv_last_msg"`
}

func TestALongListIsWholeAndInOrder(t *testing.T) {
	for _, users := range []int{1, shareLeast, shareLeast + 1, sharesMost*shareLeast*2 + 7} {
		folder := t.TempDir()
		fillCache(t, cacheIn(folder), users)
		synctest.Test(t, func(t *testing.T) {
			c, game := startIn(t, newChatServer("ann"), folder)
			text := ""
			c.Conversations(func(_ error, list string) { text = list })
			synctest.Wait()
			var list []listedConversation
			require.NoError(t, json.Unmarshal([]byte(text), &list))
			require.Len(t, list, users)
			for i, one := range list {
				peer := fmt.Sprint("user", users-1-i)
				require.Equal(t, []string{peer, peer}, []string{one.ID, one.Last.Sender}, "at %d of %d", i, users)
			}
			c.Close()
			assert.NotContains(t, strings.Join(game.lines, ""), "panic")
		})
	}
}

// What was never put into a column is damage, wherever in a long list it is.
func TestARowWithoutSenseSetsTheFileAside(t *testing.T) {
	for _, change := range []string{"pos = 'x'", "last = '{'"} {
		for _, row := range []int{1, 3 * shareLeast} {
			folder := t.TempDir()
			fillCache(t, cacheIn(folder), 3*shareLeast)
			db, err := sql.Open("sqlite3", cacheIn(folder))
			require.NoError(t, err)
			_, err = db.Exec(fmt.Sprint("UPDATE conversations SET ", change, " WHERE number = ", row))
			require.NoError(t, err)
			require.NoError(t, db.Close())
			synctest.Test(t, func(t *testing.T) {
				c, game := startIn(t, newChatServer("ann"), folder)
				c.Close()
				assert.Contains(t, strings.Join(game.lines, ""), "set aside", "%s in row %d", change, row)
			})
			assert.FileExists(t, cacheIn(folder)+".bad")
		}
	}
}

func TestAPanicInAShareIsTheCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := startIn(t, newChatServer("ann"), t.TempDir())
		var ended atomic.Int32
		s := shares{client: c}
		s.begin(func() { panic("no such luck") })
		s.begin(func() { ended.Add(1) })
		assert.PanicsWithValue(t, "in a share of the work: no such luck", s.wait)
		assert.Equal(t, int32(1), ended.Load(), "the other share was waited for")
		c.Close()
	})
}
