//go:build linux

// Package pgtest runs a real PostgreSQL for tests, with Debian's programs and a folder of
// its own. It never runs as root, which PostgreSQL refuses.
package pgtest

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/freeport"
)

// Password is the one in every address: a secret that logs can be searched for.
const Password = "not-for-any-log"

// patience bounds the waits. It is no expectation.
const patience = 30 * time.Second

// Server is a PostgreSQL on loopback. It is stopped when its test ends.
type Server struct {
	bin, folder string
	port        int
	as          *syscall.Credential // nil: this process's own user
	process     *exec.Cmd           // nil while it is stopped
	output      bytes.Buffer
	schemas     int
}

// Start makes and starts a server. It skips the test where PostgreSQL is not installed,
// or where root finds no user postgres to run it as.
func Start(t testing.TB) *Server {
	t.Helper()
	s := &Server{bin: programs(t), port: freeport.Port(t)}
	if os.Geteuid() == 0 {
		s.as = postgresUser(t)
	}
	var err error
	s.folder, err = os.MkdirTemp("", "banter-postgres-") // t.TempDir is closed to other users
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(s.folder) })
	if s.as != nil {
		require.NoError(t, os.Chown(s.folder, int(s.as.Uid), int(s.as.Gid)))
	}
	password := filepath.Join(s.folder, "password")
	require.NoError(t, os.WriteFile(password, []byte(Password), 0o644))
	out, err := s.command("initdb", "-D", s.data(), "-U", "banter", "-E", "UTF8", "--locale=C",
		"--auth=scram-sha-256", "--pwfile="+password).CombinedOutput()
	require.NoError(t, err, "%s", out)
	t.Cleanup(func() { s.Stop(t) })
	s.Resume(t)
	return s
}

// RequireInstalled skips the test where PostgreSQL is not installed.
func RequireInstalled(t testing.TB) { programs(t) }

// PID is the id of the server's first process, which starts the others.
func (s *Server) PID() int { return s.process.Process.Pid }

func programs(t testing.TB) string {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if len(found) == 0 {
		t.Skip("PostgreSQL is not installed (apt: postgresql)")
	}
	return filepath.Dir(found[len(found)-1])
}

func postgresUser(t testing.TB) *syscall.Credential {
	account, err := user.Lookup("postgres")
	if err != nil {
		t.Skip("PostgreSQL does not run as root, and there is no user postgres")
	}
	uid, _ := strconv.ParseUint(account.Uid, 10, 32)
	gid, _ := strconv.ParseUint(account.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

func (s *Server) data() string { return filepath.Join(s.folder, "data") }

func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir = s.folder
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.as, Setpgid: true}
	return cmd
}

// Resume starts the server again after Stop, at the same address and with its data.
func (s *Server) Resume(t testing.TB) {
	t.Helper()
	cmd := s.command("postgres", "-D", s.data(), "-p", strconv.Itoa(s.port),
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="+s.folder, "-c", "max_connections=60")
	cmd.SysProcAttr.Pdeathsig = syscall.SIGQUIT // it outlives no test that is killed
	s.output.Reset()
	cmd.Stderr = &s.output
	require.NoError(t, cmd.Start())
	s.process = cmd
	db := s.open(t)
	defer db.Close()
	var err error
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if err = db.PingContext(context.Background()); err == nil {
			return
		}
	}
	s.Stop(t)
	require.NoError(t, err, "PostgreSQL did not start: %s", &s.output)
}

// Stop cuts all connections and stops the server, as `pg_ctl stop -m fast` does.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	if s.process == nil {
		return
	}
	cmd := s.process
	s.process = nil
	require.NoError(t, cmd.Process.Signal(syscall.SIGINT))
	var failed *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &failed) {
		require.NoError(t, err)
	}
}

// Database makes a place for tables of a test's own and returns its address: a schema,
// which costs a tenth of what a database of its own would.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	s.schemas++
	name := fmt.Sprint("test_", s.schemas)
	db := s.open(t)
	defer db.Close()
	_, err := db.ExecContext(context.Background(), "CREATE SCHEMA "+name)
	require.NoError(t, err)
	return s.address() + "?search_path=" + name
}

// Alone makes a database of a test's own and returns its address, for programs that know
// no schemas.
func (s *Server) Alone(t testing.TB) string {
	t.Helper()
	s.schemas++
	name := fmt.Sprint("alone_", s.schemas)
	db := s.open(t)
	defer db.Close()
	_, err := db.ExecContext(context.Background(), "CREATE DATABASE "+name)
	require.NoError(t, err)
	return strings.TrimSuffix(s.address(), "postgres") + name
}

func (s *Server) address() string {
	return fmt.Sprintf("postgres://banter:%s@127.0.0.1:%d/postgres", Password, s.port)
}

func (s *Server) open(t testing.TB) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", s.address())
	require.NoError(t, err)
	return db
}

// RequireNoPassword fails the test when a log holds the password.
func RequireNoPassword(t testing.TB, log string) {
	t.Helper()
	require.False(t, strings.Contains(log, Password), "the log holds the password")
}
