package cpp

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// everything includes all that a game may, and uses a little of it.
const everything = `#include "banter/client.hpp"
#include "banter/future.hpp"

int main() {
    const auto client = banter::Client::create(banter::Config());
    return client == nullptr && banter::advice_for(banter::code::succ) == banter::Advice::none ? 0 : 1;
}
`

func TestHeaderCompilesForEachCompiler(t *testing.T) {
	tests := []struct{ compiler, standard string }{
		{"g++", "-std=c++17"},
		{"g++", "-std=c++20"},
		{"clang++", "-std=c++17"},
		{"clang++", "-std=c++20"},
		{"x86_64-w64-mingw32-g++-posix", "-std=c++17"}, // the other one has no std::mutex
	}
	for _, tt := range tests {
		t.Run(tt.compiler+" "+tt.standard, func(t *testing.T) {
			t.Parallel()
			has(t, tt.compiler)
			compileHeader(t, tt.compiler, tt.standard, everything)
		})
	}
}

func TestEachHeaderStandsAlone(t *testing.T) {
	has(t, "g++")
	headers, err := filepath.Glob(binding(t, "include", "banter", "*.hpp"))
	require.NoError(t, err)
	require.NotEmpty(t, headers)
	for _, header := range headers {
		name, err := filepath.Rel(binding(t, "include"), header)
		require.NoError(t, err)
		source := fmt.Sprintf("#include %q\n#include %[1]q\n", name)
		compileHeader(t, "g++", "-std=c++17", source)
	}
}

func compileHeader(t *testing.T, compiler, standard, source string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "source.cpp")
	require.NoError(t, os.WriteFile(file, []byte(source), 0o600))
	args := append([]string{standard, "-Wshadow", "-Wsign-conversion", "-Wold-style-cast", "-fsyntax-only",
		"-I" + binding(t, "include"), "-I" + filepath.Join(root(t), "capi", "include"), file}, strict...)
	run(t, ".", nil, compiler, args...)
}

// cppBlock matches a program in the documents.
var cppBlock = regexp.MustCompile("(?s)\n```cpp\n(#include.*?)```")

func TestProgramInTheDocumentsCompiles(t *testing.T) {
	has(t, "g++")
	text, err := os.ReadFile(binding(t, "README.md"))
	require.NoError(t, err)
	programs := cppBlock.FindAllStringSubmatch(string(text), -1)
	require.Len(t, programs, 1)
	compileHeader(t, "g++", "-std=c++17", programs[0][1])
}
