package main

import (
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/freeport"
	"github.com/banter-im/banter/internal/pgtest"
)

// operate returns the machines of docs/operations.md.
func operate(t *testing.T) *machines {
	for _, program := range []string{"curl", "openssl", "sqlite3", "pg_dump"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(program, " is not installed")
		}
	}
	m := newMachines(t)
	for machine := range m.places {
		players, operators := freeport.Address(t), freeport.Address(t)
		m.places[machine] = append(m.places[machine], "0.0.0.0:7000", players, "127.0.0.1:7000", players,
			"127.0.0.1:7001", operators, "ROOT-OF-A", m.root(""), "ROOT-OF-B", m.root("b"),
			"FOLDER-OF-B", m.root("b")+"/etc/banter")
	}
	m.name("10.0.0.1:6222", freeport.Address(t))
	m.name("10.0.0.2:6222", freeport.Address(t))
	return m
}

// The steps run in the order of the document: each begins with what the one before left.
func TestTheStepsOfOperations(t *testing.T) {
	t.Parallel() // it waits more than it works
	m := operate(t)
	steps := transcripts(t, "operations.md")
	for _, heading := range []string{"One machine", "A new certificate", "Back up and restore", "Upgrade and downgrade"} {
		m.check(append(m.shell(steps), steps[heading]...))
	}

	m.database(pgtest.Start(t).Alone(t))
	for _, heading := range []string{"From one machine to two", "Restart nodes while players are connected"} {
		m.check(append(m.shell(steps), steps[heading]...))
	}
	for _, name := range []string{"", "b"} {
		log, err := os.ReadFile(m.root(name) + "/log")
		require.NoError(t, err)
		pgtest.RequireNoPassword(t, string(log))
	}
}

// shell is what the steps of one heading need of those before: the function that calls.
func (m *machines) shell(steps map[string][]step) (unseen []step) {
	for _, s := range steps["One machine"] {
		if strings.HasPrefix(s.command, "call()") {
			unseen = append(unseen, s)
		}
	}
	require.Len(m.t, unseen, 1)
	return unseen
}

// database makes the document's database stand for the one at address. Its password comes
// from the environment.
func (m *machines) database(address string) {
	u, err := url.Parse(address)
	require.NoError(m.t, err)
	password, _ := u.User.Password()
	u.User = url.User(u.User.Username())
	m.name("postgres://banter@10.0.0.5/banter", u.String())
	m.env = append(m.env, "PGPASSWORD="+password)
}
