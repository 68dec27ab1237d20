package main

import (
	"bytes"
	"errors"
	"os"
	"regexp"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFuzzersAreFound(t *testing.T) {
	module := fstest.MapFS{
		"b/x_test.go":          {Data: []byte("package b\n\nfunc FuzzTwo(f *testing.F) {\n}\nfunc FuzzOne(f *testing.F) {}\nfunc FuzzHelper(n int) {}\n")},
		"a/x_test.go":          {Data: []byte("package a\n\n// func FuzzNo(f *testing.F)\nfunc FuzzMore(fuzz *testing.F) {}\n")},
		"a/x.go":               {Data: []byte("package a\n\nfunc FuzzNoTest(f *testing.F) {}\n")},
		"a/testdata/y_test.go": {Data: []byte("package y\n\nfunc FuzzExample(f *testing.F) {}\n")},
		".hidden/z_test.go":    {Data: []byte("package z\n\nfunc FuzzHidden(f *testing.F) {}\n")},
	}
	all, err := find(module, regexp.MustCompile(""))
	require.NoError(t, err)
	assert.Equal(t, []fuzzer{{"a", "FuzzMore"}, {"b", "FuzzOne"}, {"b", "FuzzTwo"}}, all)
	all, err = find(module, regexp.MustCompile("b/FuzzT"))
	require.NoError(t, err)
	assert.Equal(t, []fuzzer{{"b", "FuzzTwo"}}, all)
}

// Fuzzers of testdata, of which one finds something at once.
func TestRunTellsWhatFuzzersFind(t *testing.T) {
	t.Cleanup(func() { os.RemoveAll("testdata/bad/testdata") })
	var table bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"-time", "1s", "-match", "good", "testdata"}, &table, t.Output()))
	assert.Regexp(t, `\| good/FuzzNothing \| [1-9]\d* \|.*s \|\n\n1 fuzzers, [1-9]\d* inputs, 0 failed`, table.String())
	table.Reset()
	var log bytes.Buffer
	err := run(t.Context(), []string{"-time", "60s", "-match", "bad", "testdata"}, &table, &log)
	assert.EqualError(t, err, "failed: bad/FuzzNumber")
	assert.Regexp(t, `bad/FuzzNumber \| \d+ \|.*, failed \|`, table.String())
	assert.Contains(t, log.String(), "more than a hundred")
	assert.DirExists(t, "testdata/bad/testdata/fuzz/FuzzNumber")
}

func TestTimeThatIsOverIsNoFinding(t *testing.T) {
	lines := "fuzz: elapsed: 3s, execs: 70 (9/sec), new interesting: 2 (total: 5)\n"
	overdue := resultOf(fuzzer{"a", "FuzzX"}, lines+"--- FAIL: FuzzX\n    context deadline exceeded\nFAIL\n", errors.New("exit status 1"), time.Second)
	assert.False(t, overdue.failed())
	assert.Equal(t, []int{70, 2, 5}, []int{overdue.runs, overdue.found, overdue.corpus})
	assert.True(t, resultOf(fuzzer{}, lines+"context deadline exceeded\nFailing input written to x\n", errors.New("exit status 1"), 0).failed())
	assert.True(t, resultOf(fuzzer{}, "context deadline exceeded\n", errors.New("exit status 1"), 0).failed(), "nothing was tried")
	assert.True(t, resultOf(fuzzer{}, lines, errors.New("exit status 2"), 0).failed())
}
