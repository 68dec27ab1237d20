package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A document's transcripts are its blocks of ```console. A line that begins with "$ " is a
// command, which lines with "> " continue; "b$ " runs it on the second machine. What follows
// is what it prints, where "..." stands for any text. A command in a comment of the document,
// <!-- $ command -->, runs unseen.
type step struct {
	machine, command, want string
}

// transcripts returns a document's steps by the heading that they stand under.
func transcripts(t *testing.T, document string) map[string][]step {
	text, err := os.ReadFile(filepath.Join("../../docs", document))
	require.NoError(t, err)
	all := map[string][]step{}
	heading, inside := "", false
	prompt, unseen := regexp.MustCompile(`^(b?)\$ (.*)`), regexp.MustCompile(`^<!-- (b?)\$ (.*) -->$`)
	for line := range strings.SplitSeq(string(text), "\n") {
		steps := all[heading]
		last := len(steps) - 1
		if hidden := unseen.FindStringSubmatch(line); hidden != nil {
			all[heading] = append(steps, step{machine: hidden[1], command: hidden[2], want: "..."})
			continue
		}
		begun := prompt.FindStringSubmatch(line)
		switch {
		case strings.HasPrefix(line, "#") && !inside:
			heading = strings.TrimLeft(line, "# ")
		case strings.HasPrefix(line, "```"):
			inside = line == "```console"
		case !inside:
		case begun != nil:
			all[heading] = append(steps, step{machine: begun[1], command: begun[2]})
		case strings.HasPrefix(line, ">"):
			steps[last].command += "\n" + strings.TrimPrefix(line[1:], " ")
		default:
			steps[last].want += line + "\n"
		}
	}
	return all
}

// machines are where the steps run: the paths and addresses of the document stand for
// others, of this test alone.
type machines struct {
	t      *testing.T
	folder string              // that holds bin, and a folder for each machine
	places map[string][]string // by machine: what stands in the document, what it is here, and so on
	env    []string
}

// newMachines makes a machine "" and a machine "b", whose commands are banterd, systemctl
// and what else there is.
func newMachines(t *testing.T) *machines {
	m := &machines{t: t, folder: t.TempDir(), places: map[string][]string{}}
	bin := filepath.Join(m.folder, "bin")
	require.NoError(t, os.Mkdir(bin, 0o700))
	self, err := filepath.Abs(os.Args[0])
	require.NoError(t, err)
	m.script("banterd", "exec env "+asMain+"=1 "+self+` "$@"`)
	service, err := os.ReadFile("testdata/systemctl.sh")
	require.NoError(t, err)
	m.script("systemctl", string(service))
	m.env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"))
	for _, name := range []string{"", "b"} {
		root := m.root(name)
		places := []string{"sudo -u banter ", "", "-o banter -g banter ", "", "-g banter ", ""}
		for _, path := range []string{"/etc/banter", "/var/lib/banter", "/var/backups/banter"} {
			require.NoError(t, os.MkdirAll(root+path, 0o700))
			places = append(places, path, root+path)
		}
		m.places[name] = append(places, "systemctl ", "MACHINE="+root+" systemctl ")
		t.Cleanup(func() { m.run([]step{{machine: name, command: "systemctl kill banterd"}}) })
	}
	return m
}

func (m *machines) root(machine string) string { return filepath.Join(m.folder, "machine-"+machine) }

func (m *machines) script(name, text string) {
	require.NoError(m.t, os.WriteFile(filepath.Join(m.folder, "bin", name), []byte("#!/bin/sh\n"+text+"\n"), 0o700))
}

// name makes an address of the document stand for one of this test, on every machine.
func (m *machines) name(inDocument, here string) {
	for machine := range m.places {
		m.places[machine] = append(m.places[machine], inDocument, here)
	}
}

// here is text of the document as it is on a machine of this test.
func (m *machines) here(machine, text string) string {
	return strings.NewReplacer(m.places[machine]...).Replace(text)
}

// run runs steps one after the other in one shell, and returns what each printed.
func (m *machines) run(steps []step) []string {
	const mark = "\x1e"
	var script strings.Builder
	for _, s := range steps {
		fmt.Fprintf(&script, "{ %s\n} 2>&1 </dev/null\nprintf '%s'\n", m.here(s.machine, s.command), mark)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience+time.Duration(len(steps))*patience/4)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash")
	cmd.WaitDelay = time.Second // for what it leaves behind
	cmd.Stdin, cmd.Env, cmd.Dir = strings.NewReader(script.String()), m.env, m.folder
	out, err := cmd.CombinedOutput()
	require.NoError(m.t, err, "%s", out)
	return strings.Split(string(out), mark)
}

// check runs steps and compares what they print with what the document says.
func (m *machines) check(steps []step) {
	m.t.Helper()
	require.NotEmpty(m.t, steps)
	printed := m.run(steps)
	for i, s := range steps {
		want := regexp.QuoteMeta(m.here(s.machine, s.want))
		want = strings.ReplaceAll(want, `\.\.\.`, `(?s:.*)`)
		if !assert.Regexp(m.t, "^"+want+"$", printed[i], "%s$ %s", s.machine, s.command) {
			log, _ := os.ReadFile(m.root(s.machine) + "/log")
			m.t.Fatalf("the log: %s", log)
		}
	}
}
