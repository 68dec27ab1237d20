package main

import (
	"debug/elf"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/capi/contract"
)

// The headers must suit what games are built with: C99 and C++11, with every warning on.
var languages = []struct{ compiler, standard, suffix string }{
	{"gcc", "-std=c99", ".c"},
	{"g++", "-std=c++11", ".cpp"},
}

var warnings = []string{"-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I" + root + "/capi/include"}

// compile compiles source, and returns the file that was made.
func compile(t *testing.T, compiler, suffix, source string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(compiler); err != nil {
		t.Skip(err)
	}
	file := filepath.Join(t.TempDir(), "source"+suffix)
	require.NoError(t, os.WriteFile(file, []byte(source), 0o644))
	made := file + ".out"
	args = append(append(slices.Clone(warnings), args...), "-o", made, file)
	out, err := exec.Command(compiler, args...).CombinedOutput()
	require.NoError(t, err, string(out))
	return made
}

func TestEachHeaderStandsAlone(t *testing.T) {
	entries, err := os.ReadDir(root + "/capi/include")
	require.NoError(t, err)
	require.Len(t, entries, len(briefs)+2, "with TIMCloud.h and TIMExtension.h")
	for _, language := range languages {
		for _, e := range entries {
			t.Run(language.standard+" "+e.Name(), func(t *testing.T) {
				t.Parallel()
				source := fmt.Sprintf("#include \"%s\"\n#include \"%[1]s\"\nint main(void) { return 0; }\n", e.Name())
				compile(t, language.compiler, language.suffix, source, language.standard, "-c")
			})
		}
	}
}

// Everything that a game's source may name has the type and the value of the contract:
// functions and callbacks by assignment, integers at compile time, texts when it runs.
func TestHeadersSayWhatTheContractSays(t *testing.T) {
	c := load(t)
	for _, language := range languages {
		t.Run(language.standard, func(t *testing.T) {
			t.Parallel()
			compile(t, language.compiler, language.suffix, typesProgram(c), language.standard, "-c")
			program := compile(t, language.compiler, language.suffix, valuesProgram(c), language.standard)
			out, err := exec.Command(program).CombinedOutput()
			require.NoError(t, err, string(out))
			assert.Equal(t, "954 texts\n", string(out), "902 keys and their 52 old names")
		})
	}
}

// typesProgram assigns each function to a pointer, and each callback to another, of the
// type that the contract spells out.
func typesProgram(c *contract.Contract) string {
	var s strings.Builder
	s.WriteString("#include \"TIMCloud.h\"\n#include \"TIMExtension.h\"\n")
	for _, f := range c.Functions {
		fmt.Fprintf(&s, "extern %s (*p_%s)(%s);\n%s (*p_%s)(%s) = %s;\n",
			f.Returns, f.Name, types(f.Params), f.Returns, f.Name, types(f.Params), f.Name)
	}
	for _, cb := range c.Callbacks {
		fmt.Fprintf(&s, "extern void (*c_%s)(%s);\n%s c_%[1]s;\n", cb.Name, types(cb.Params), cb.Name)
	}
	return s.String()
}

func types(params []contract.Param) string {
	if len(params) == 0 {
		return "void"
	}
	var list []string
	for _, p := range params {
		list = append(list, p.Type)
	}
	return strings.Join(list, ", ")
}

// valuesProgram compares integers with an array type that has no size when they differ.
func valuesProgram(c *contract.Contract) string {
	var s strings.Builder
	s.WriteString("#include <stdio.h>\n#include <string.h>\n#include \"TIMCloud.h\"\n")
	number := func(name string, value int32) {
		fmt.Fprintf(&s, "extern char v_%s[%s == %s ? 1 : -1];\n", name, name, cInt(value))
	}
	for _, e := range c.Enums {
		for _, v := range e.Values {
			for _, name := range append([]string{v.Name}, v.Aliases...) {
				number(name, v.Value)
			}
		}
	}
	s.WriteString("static int n, bad;\nstatic void same(const char* is, const char* want) {\n" +
		"    n++;\n    if (strcmp(is, want) != 0) bad = printf(\"%s is not %s\\n\", is, want);\n}\nint main(void) {\n")
	for _, o := range c.Objects {
		for _, f := range o.Fields {
			for _, name := range append([]string{f.Const}, f.Aliases...) {
				fmt.Fprintf(&s, "    same(%s, %s);\n", name, cString(f.Key))
			}
		}
	}
	s.WriteString("    printf(\"%d texts\\n\", n);\n    return bad != 0;\n}\n")
	return s.String()
}

// The C of the boundary compiles without a warning, and defines every function of the
// contract that is not written by hand.
func TestGeneratedCDefinesTheContract(t *testing.T) {
	defined := map[string]bool{}
	for _, name := range []string{"zz_exports", "zz_functions", "zz_events"} {
		object := filepath.Join(t.TempDir(), name+".o")
		args := append([]string{"-std=c11", "-fvisibility=hidden", "-I" + root + "/capi", "-c", "-o", object,
			root + "/capi/" + name + ".c"}, warnings...)
		out, err := exec.Command("gcc", args...).CombinedOutput()
		require.NoError(t, err, string(out))
		if name == "zz_exports" && runtime.GOOS == "linux" {
			defined = visibleSymbols(t, object)
		}
	}
	if runtime.GOOS != "linux" {
		t.Skip("symbols are read from ELF files")
	}
	for _, f := range load(t).Functions {
		assert.Equal(t, !slices.Contains(handWritten, f.Name), defined[f.Name], f.Name)
		delete(defined, f.Name)
	}
	assert.Empty(t, defined, "nothing else is exported")
}

func visibleSymbols(t *testing.T, object string) map[string]bool {
	t.Helper()
	file, err := elf.Open(object)
	require.NoError(t, err)
	defer file.Close()
	symbols, err := file.Symbols()
	require.NoError(t, err)
	visible := map[string]bool{}
	for _, s := range symbols {
		if elf.ST_TYPE(s.Info) == elf.STT_FUNC && elf.ST_BIND(s.Info) == elf.STB_GLOBAL &&
			elf.ST_VISIBILITY(s.Other) == elf.STV_DEFAULT && s.Section != elf.SHN_UNDEF {
			visible[s.Name] = true
		}
	}
	return visible
}
