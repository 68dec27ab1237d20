package suite

import (
	"context"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/capi/harness/rig"
)

// target is where the C programs of this package run, and what makes them.
type target struct {
	name     string
	build    []string // the arguments of scripts/build
	compiler string
	foreign  []string // flags that the compiler does not have, by their beginning
	library  string
	suffix   string   // of a program
	threads  string   // what links POSIX threads
	runner   []string // what runs a program; nothing: the system
}

// here is this machine, with the library of a developer's build.
var here = target{name: runtime.GOOS + "-" + runtime.GOARCH, compiler: "gcc", library: "libImSDK.so", threads: "-lpthread"}

// others are what a test can choose instead by BANTER_TARGET: TestOtherPlatforms does.
var others = []target{
	{
		name: "linux-amd64-release", build: []string{"-library", "-release", "linux-amd64"},
		compiler: "gcc", library: "libImSDK.so", threads: "-lpthread",
	},
	{
		name: "linux-arm64-release", build: []string{"-library", "-release", "linux-arm64"},
		compiler: "aarch64-linux-gnu-gcc", foreign: []string{"-fsanitize", "-fno-sanitize"}, library: "libImSDK.so",
		threads: "-lpthread",
		runner:  []string{"qemu-aarch64-static", "-L", "/usr/aarch64-linux-gnu"},
	},
	{
		name: "windows-amd64", build: []string{"-library", "windows-amd64"},
		compiler: "x86_64-w64-mingw32-gcc", foreign: []string{"-fsanitize", "-fno-sanitize", "-Wl,-rpath", "-ldl"},
		library: "ImSDK.dll", suffix: ".exe", threads: "-Wl,-Bstatic,-lpthread,-Bdynamic",
		runner: []string{"/usr/lib/wine/wine64"},
	},
}

// chosen is the target of this process.
var chosen = choose(os.Getenv("BANTER_TARGET"))

func choose(name string) target {
	for _, other := range others {
		if other.name == name {
			return other
		}
	}
	return here
}

// product returns the folder with the target's lib and include.
func (p target) product(t testing.TB) string {
	t.Helper()
	if p.build == nil {
		return product(t)
	}
	dir, err := rig.BuiltFor(p.name + "-library")
	require.NoError(t, err)
	return dir
}

// compile builds a C program from sources named from capi/harness.
func (p target) compile(t testing.TB, program string, flags []string, sources ...string) string {
	t.Helper()
	program += p.suffix
	args := append([]string{"-std=gnu11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-I../include", "-o", program}, flags...)
	args = append(append(args, sources...), p.threads, "-ldl")
	args = slices.DeleteFunc(args, func(flag string) bool {
		return slices.ContainsFunc(p.foreign, func(start string) bool { return strings.HasPrefix(flag, start) })
	})
	cmd := exec.Command(p.compiler, args...)
	cmd.Dir = ".."
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s %v\n%s", p.compiler, args, out)
	return program
}

// command runs a program that was compiled for p.
func (p target) command(ctx context.Context, program string, args ...string) *exec.Cmd {
	words := append(append(slices.Clone(p.runner), program), args...)
	return exec.CommandContext(ctx, words[0], words[1:]...)
}
