package suite

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	_ "github.com/mattn/go-sqlite3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What becomes of a game whose files on the device were damaged.

// played is a folder of a game that was played: with messages of ann's, who is logged out.
func (s *server) played(t *testing.T, user string, sent ...string) (folder string) {
	t.Helper()
	folder = t.TempDir()
	p := s.chatter(t, user, "linux", folder)
	for _, words := range sent {
		p.writes("bob", words)
	}
	p.uninit()
	return folder
}

// playsOn logs in on a folder, and finds what the server has and then the device.
func (s *server) playsOn(t *testing.T, user, folder string, sent ...string) {
	t.Helper()
	p := s.chatter(t, user, "linux", folder)
	assert.ElementsMatch(t, sent, p.history("bob", wholeHistory))
	assert.ElementsMatch(t, sent, p.history("bob", onlyHere))
	p.checkOnline(user)
	p.uninit()
}

// Every file that the library has made is spoilt in turn. The game logs in and has its messages.
func TestDamagedFiles(t *testing.T) {
	s := startServer(t)
	s.chatter(t, "bob", "linux", t.TempDir())
	noise := make([]byte, 9000)
	random := rand.New(rand.NewPCG(3, 4))
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	spoils := map[string]func(path string) error{
		"noise": func(path string) error { return os.WriteFile(path, noise, 0o600) },
		"empty": func(path string) error { return os.Truncate(path, 0) },
		"a folder": func(path string) error {
			return os.MkdirAll(filepath.Join(path, "x"), 0o700)
		},
	}
	for name, spoil := range spoils {
		for i, pattern := range []string{"banter-messages-*.db", "banter-messages-*.lock", "banter-instance-*", "log/banter.log"} {
			t.Run(fmt.Sprint(pattern[:12], " ", i, " becomes ", name), func(t *testing.T) {
				user := fmt.Sprint("ann", i, name[:1])
				folder := s.played(t, user, "one", "two")
				files, err := filepath.Glob(filepath.Join(folder, pattern))
				require.NoError(t, err)
				require.Len(t, files, 1)
				if name == "a folder" {
					require.NoError(t, os.Remove(files[0]))
				}
				require.NoError(t, spoil(files[0]))
				s.playsOn(t, user, folder, "one", "two")
				s.playsOn(t, user, folder, "one", "two")
			})
		}
	}
}

// A file that is a good database and holds nonsense is set aside too.
func TestNonsenseInTheCache(t *testing.T) {
	s := startServer(t)
	s.chatter(t, "bob", "linux", t.TempDir())
	for i, change := range []string{
		"UPDATE conversations SET last = x'7b'", "UPDATE conversations SET extra = x'00'", "UPDATE messages SET body = x'ff'",
	} {
		t.Run(change, func(t *testing.T) {
			user := fmt.Sprint("ann", i)
			folder := s.played(t, user, "one", "two")
			files, err := filepath.Glob(filepath.Join(folder, "banter-messages-*.db"))
			require.NoError(t, err)
			require.Len(t, files, 1)
			db, err := sql.Open("sqlite3", files[0])
			require.NoError(t, err)
			_, err = db.Exec(change)
			require.NoError(t, err)
			require.NoError(t, db.Close())

			p := s.chatter(t, user, "linux", folder)
			p.do("TIMMsgGetMsgList", text("bob"), number(1), text(wholeHistory)) // may meet it, and fail
			p.uninit()
			s.playsOn(t, user, folder, "one", "two")
			assert.FileExists(t, files[0]+".bad")
		})
	}
}
