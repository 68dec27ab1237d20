package arch

import (
	"os"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheTreeKeepsItsArchitecture(t *testing.T) {
	broken, err := Check(os.DirFS("../.."))
	require.NoError(t, err)
	assert.Empty(t, broken)
}

// importing is a file of a package that imports the given packages.
func importing(packages ...string) string {
	source := "package p\n"
	for _, name := range packages {
		source += "import _ \"" + name + "\"\n"
	}
	return source
}

type rule struct {
	name   string
	path   string
	source string
	want   []string // nil: allowed
}

func checkRules(t *testing.T, rules []rule) {
	t.Helper()
	for _, tt := range rules {
		t.Run(tt.name, func(t *testing.T) {
			broken, err := Check(fstest.MapFS{tt.path: {Data: []byte(tt.source)}})
			require.NoError(t, err)
			assert.Equal(t, tt.want, broken)
		})
	}
}

func TestImports(t *testing.T) {
	checkRules(t, []rule{
		{"core imports internal", "core/a.go", importing(module + "internal/wire"), nil},
		{"core imports what is below it", "core/a.go", importing(module + "core/transport"), nil},
		{"core never imports the server", "core/a.go", importing(module + "server/chat"),
			[]string{"core/a.go:2: core may not import server/chat"}},
		{"nor does a test of core", "core/a_test.go", importing(module + "server/chat"),
			[]string{"core/a_test.go:2: core may not import server/chat"}},
		{"the server never imports core", "server/gateway/a.go", importing(module + "core"),
			[]string{"server/gateway/a.go:2: server/gateway may not import core"}},
		{"nor does a test of the server", "server/gateway/a_test.go", importing(module + "core"),
			[]string{"server/gateway/a_test.go:2: server/gateway may not import core"}},
		{"the domain knows no database", "server/chat/a.go", importing(module + "server/sqlstore"),
			[]string{"server/chat/a.go:2: server/chat may not import server/sqlstore"}},
		{"a test of the server may stand it up whole", "server/gateway/a_test.go", importing(module + "server/sqlstore"), nil},
		{"the bus may stand on NATS", "server/bus/a.go", importing("github.com/nats-io/nats.go"), nil},
		{"nobody else imports NATS", "core/a.go", importing("github.com/nats-io/nats.go"),
			[]string{"core/a.go:2: github.com/nats-io/nats.go is for server/bus alone"}},
		{"a suite below a folder follows its rule", "server/sqlstore/storetest/a.go", importing(module + "server/chat"), nil},
		{"internal imports internal only", "internal/wire/a.go", importing(module+"internal/timerr", module+"core"),
			[]string{"internal/wire/a.go:3: internal/wire may not import core"}},
		{"a name that begins alike is another folder", "core/a.go", importing(module + "internals"),
			[]string{"core/a.go:2: core may not import internals"}},
		{"a program wires the server", "cmd/banterd/a.go", importing(module+"server/chat", module+"internal/usersig"), nil},
		{"a file for another platform counts too", "core/a_windows.go", importing(module + "cmd/banterd"),
			[]string{"core/a_windows.go:2: core may not import cmd/banterd"}},
		{"a new folder needs a rule", "server/voice/a.go", importing(),
			[]string{"server/voice/a.go:1: the folder server/voice has no import rule"}},
		{"so does the root", "a.go", importing(), []string{"a.go:1: the folder . has no import rule"}},
		{"cgo stands in capi", "capi/a.go", importing("C"), nil},
		{"and nowhere else", "core/a.go", importing("C"), []string{`core/a.go:2: import "C" stands outside capi`}},
		{"not even below capi", "capi/gen/a.go", importing("C"), []string{`capi/gen/a.go:2: import "C" stands outside capi`}},
		{"testdata is no code of the module", "core/testdata/a.go", importing("C"), nil},
	})
}

func TestSpawnAndInit(t *testing.T) {
	const start = "package p\nfunc start() { go work() }\n"
	const outside = "a go statement starts a goroutine outside spawn"
	checkRules(t, []rule{
		{"spawn starts the client's goroutines", "core/a.go", "package p\nfunc (c *client) spawn(f func()) { go c.guard(f) }\n", nil},
		{"nothing else in core does", "core/a.go", start, []string{"core/a.go:2: " + outside}},
		{"nor below it", "core/transport/a.go", start, []string{"core/transport/a.go:2: " + outside}},
		{"nor in capi", "capi/a.go", start, []string{"capi/a.go:2: " + outside}},
		{"nor in a function that a variable holds", "core/a.go", "package p\nvar f = func() { go work() }\n",
			[]string{"core/a.go:2: " + outside}},
		{"a wait group starts goroutines too", "core/a.go", "package p\nfunc start() { all.Go(work) }\n",
			[]string{"core/a.go:2: a wait group starts a goroutine outside spawn"}},
		{"so does a timer", "core/a.go", "package p\nfunc start() { time.AfterFunc(1, work) }\n",
			[]string{"core/a.go:2: time.AfterFunc starts a goroutine outside spawn"}},
		{"a context's end may close what waits", "core/a.go", "package p\nfunc start() { context.AfterFunc(ctx, hangUp) }\n", nil},
		{"the client's tests may", "core/a_test.go", start, nil},
		{"the client's tools may", "capi/gen/a.go", start, nil},
		{"the server may", "server/gateway/a.go", start, nil},
		{"init stands in capi", "capi/a.go", "package p\nfunc init() {}\n", nil},
		{"and nowhere else", "core/a.go", "package p\nfunc init() {}\n",
			[]string{"core/a.go:2: init stands outside capi: construct with New"}},
		{"a method may have the name", "core/a.go", "package p\nfunc (c *client) init() {}\n", nil},
	})
}

func TestAFileThatDoesNotParseIsAnError(t *testing.T) {
	_, err := Check(fstest.MapFS{"core/a.go": {Data: []byte("package")}})
	assert.ErrorContains(t, err, "core/a.go")
}
