package main

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCheck(t *testing.T) {
	long := "package p\n" + strings.Repeat("\n", fileLines)
	tests := []struct {
		name string
		path string
		text string
		want []string // nil: nothing is wrong
	}{
		{"a file at the limit is too long", "core/a.go", long[:fileLines+9], []string{"core/a.go:1: 400 lines: a file stays under 400"}},
		{"one line less is not", "core/a.go", long[:fileLines+8], nil},
		{"a generated file may be long", "capi/zz_dispatch.go", long, nil},
		{"so may a public header", "capi/include/TIMManager.h", long, nil},
		{"and what stands in a folder Generated", "bindings/csharp/Generated/A.cs", long, nil},
		{"data may be long", "capi/contract/rules.json", long, nil},
		{"results are not ours", "build/out/linux-amd64/include/a.h", long, nil},
		{"a mark of unfinished work is found", "core/a.go", "package p\n\n// TODO: the rest\n",
			[]string{"core/a.go:3: a mark of unfinished work: TODO"}},
		{"in documents too", "docs/a.md", "Kept in memory for now.\n", []string{"docs/a.md:1: a mark of unfinished work: for now"}},
		{"and in generated files", "capi/zz_exports.c", "/* FIXME */\n", []string{"capi/zz_exports.c:1: a mark of unfinished work: FIXME"}},
		{"and in files without an ending", "scripts/test", "# XXX\n", []string{"scripts/test:1: a mark of unfinished work: XXX"}},
		{"a word that only holds one is none", "core/a.go", "package p // TODOS, for nowhere\n", nil},
		{"the checker names its marks", "build/lint/words.go", "package main // TODO\n", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			found, err := check(fstest.MapFS{tt.path: {Data: []byte(tt.text)}})
			require.NoError(t, err)
			assert.Equal(t, tt.want, found)
		})
	}
}

func TestFunctionLength(t *testing.T) {
	body := strings.Repeat("\t_ = 0\n", functionLines-2)
	tests := []struct {
		name string
		path string
		text string
		want []string
	}{
		{"a Go function at the limit is too long", "a.go", "package p\nfunc Long() {\n" + body + "}\n",
			[]string{"a.go:2: Long has 50 lines: a function stays under 50"}},
		{"one line less is not", "a.go", "package p\nfunc Long() {\n" + body[:len(body)-7] + "}\n", nil},
		{"a test is a function", "a_test.go", "package p\nfunc TestLong() {\n" + body + "}\n",
			[]string{"a_test.go:2: TestLong has 50 lines: a function stays under 50"}},
		{"a literal counts where it stands alone", "a.go", "package p\nvar f = func() {\n" + body + "}\n",
			[]string{"a.go:2: a function literal has 50 lines: a function stays under 50"}},
		{"a table of values is no function", "a.go", "package p\nvar a = []int{\n" + strings.Repeat("\t0,\n", 60) + "}\n", nil},
		{"a C function counts from its first word", "a.c", "static\nint Long(void)\n{\n" + body + "}\n",
			[]string{"a.c:1: Long has 52 lines: a function stays under 50"}},
		{"a table in C is no function", "a.c", "const int a[] = {\n" + strings.Repeat("\t0,\n", 60) + "};\n", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			found, err := check(fstest.MapFS{tt.path: {Data: []byte(tt.text)}})
			require.NoError(t, err)
			assert.Equal(t, tt.want, found)
		})
	}
}

func TestGoThatDoesNotParseIsAnError(t *testing.T) {
	_, err := check(fstest.MapFS{"core/a.go": {Data: []byte("package")}})
	assert.ErrorContains(t, err, "core/a.go")
}
