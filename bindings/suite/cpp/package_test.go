package cpp

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/capi/harness/rig"
)

// The package of C and C++: installed, moved, and used as a game on a clean machine would.

// installPackage makes the package of a product and moves it, so that no path of this machine
// is left in it by luck.
func installPackage(t *testing.T, product string) string {
	t.Helper()
	dir := t.TempDir()
	work, installed, moved := filepath.Join(dir, "work"), filepath.Join(dir, "installed"), filepath.Join(dir, "moved here")
	run(t, dir, nil, "cmake", "-S", binding(t), "-B", work, "-DBANTER_PRODUCT="+product)
	run(t, dir, nil, "cmake", "--install", work, "--prefix", installed)
	require.NoError(t, os.RemoveAll(work))
	require.NoError(t, os.Rename(installed, moved))
	return moved
}

// version is Banter's own, as the library has it.
func version(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(t), "capi", "version.h"))
	require.NoError(t, err)
	_, text2, _ := strings.Cut(string(text), `#define BANTER_VERSION "`)
	number, _, found := strings.Cut(text2, `"`)
	require.True(t, found)
	return number
}

// logsIn runs an example against a server and expects that it logs in.
func logsIn(t *testing.T, server *rig.Server, env []string, program string) {
	t.Helper()
	env = append(env, "XDG_CONFIG_HOME="+t.TempDir(), "HOME="+t.TempDir())
	out := run(t, t.TempDir(), env, program, server.URL, strconv.FormatUint(server.AppID, 10), "alice",
		server.Ticket("alice", time.Now(), hour))
	assert.Equal(t, "login: 0 \n", out)
}

// copyExample copies the example that the package brings to a folder of its own.
func copyExample(t *testing.T, pkg string) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(filepath.Join(pkg, "share", "banter", "examples", "hello"))))
	return dir
}

func TestCMakePackage(t *testing.T) {
	has(t, "cmake", "g++")
	gamesBuildWith(t, installPackage(t, product(t)))
}

// TestTheReleasedPackage is TestCMakePackage for what scripts/package makes.
func TestTheReleasedPackage(t *testing.T) {
	if os.Getenv("BANTER_LONG") == "" {
		t.Skip("it compiles everything for every platform: set BANTER_LONG")
	}
	has(t, "cmake", "g++", "unzip")
	out, clean := t.TempDir(), t.TempDir()
	run(t, root(t), nil, filepath.Join(root(t), "scripts", "package"), "-out", out)
	name := "banter-" + version(t) + "-" + runtime.GOOS + "-" + runtime.GOARCH
	run(t, clean, nil, "unzip", "-q", filepath.Join(out, name+".zip"))
	gamesBuildWith(t, filepath.Join(clean, name))
}

// gamesBuildWith builds the examples with a package, as a game does with CMake, and logs in.
func gamesBuildWith(t *testing.T, pkg string) {
	t.Helper()
	server, game := startServer(t), copyExample(t, pkg)
	built := filepath.Join(game, "build")
	out := run(t, game, nil, "cmake", "-S", game, "-B", built, "-DCMAKE_PREFIX_PATH="+pkg)
	assert.NotContains(t, out, "Warning")
	run(t, game, nil, "cmake", "--build", built, "--parallel", "2")
	for _, program := range []string{"hello", "hello_c"} {
		logsIn(t, server, nil, filepath.Join(built, program))
	}
}

func TestCMakePackageIsChosenByVersion(t *testing.T) {
	has(t, "cmake")
	pkg := installPackage(t, product(t))
	number := version(t)
	for wanted, found := range map[string]bool{number: true, number + " EXACT": true, "": true, "99.0": false, "0.0.9": false} {
		dir := t.TempDir()
		lists := "cmake_minimum_required(VERSION 3.16)\nproject(p LANGUAGES CXX)\nfind_package(Banter " + wanted +
			" CONFIG)\nmessage(STATUS \"found=${Banter_FOUND}\")\n"
		require.NoError(t, os.WriteFile(filepath.Join(dir, "CMakeLists.txt"), []byte(lists), 0o600))
		out := run(t, dir, nil, "cmake", "-Wno-dev", "-S", dir, "-B", filepath.Join(dir, "b"), "-DCMAKE_PREFIX_PATH="+pkg)
		assert.Equal(t, found, strings.Contains(out, "found=1") || strings.Contains(out, "found=TRUE"), "%q: %s", wanted, out)
	}
}

func TestPkgConfig(t *testing.T) {
	has(t, "pkg-config", "gcc", "g++")
	has(t, "cmake")
	pkg, server := installPackage(t, product(t)), startServer(t)
	game, lib := copyExample(t, pkg), filepath.Join(pkg, "lib")
	path := []string{"PKG_CONFIG_PATH=" + filepath.Join(lib, "pkgconfig")}
	assert.Equal(t, version(t), strings.TrimSpace(run(t, game, path, "pkg-config", "--modversion", "banter")))
	run(t, game, path, "sh", "-c", `eval gcc hello.c -o hello_c "$(pkg-config --cflags --libs banter)"`)
	run(t, game, path, "sh", "-c", `eval g++ -std=c++17 hello.cpp -o hello "$(pkg-config --cflags --libs banter)" -lpthread`)
	for _, program := range []string{"hello", "hello_c"} {
		logsIn(t, server, []string{"LD_LIBRARY_PATH=" + lib}, filepath.Join(game, program))
	}
}

// The port only copies files, so that CMake alone can run it; vcpkg itself is not here.
func TestVcpkgPortInstallsThePackage(t *testing.T) {
	has(t, "cmake", "g++")
	pkg, installed := installPackage(t, product(t)), filepath.Join(t.TempDir(), "x64-linux")
	port := filepath.Join(pkg, "share", "banter", "vcpkg", "banter")
	manifest, err := os.ReadFile(filepath.Join(port, "vcpkg.json"))
	require.NoError(t, err)
	assert.Contains(t, string(manifest), `"version": "`+version(t)+`"`)
	run(t, ".", nil, "cmake", "-DCURRENT_PACKAGES_DIR="+installed, "-DPORT=banter", "-P", filepath.Join(port, "portfile.cmake"))
	assert.FileExists(t, filepath.Join(installed, "share", "banter", "copyright"))
	assert.NoDirExists(t, filepath.Join(installed, "lib", "cmake"), "vcpkg wants it in share")

	game := copyExample(t, pkg)
	built := filepath.Join(game, "build")
	run(t, game, nil, "cmake", "-S", game, "-B", built, "-DCMAKE_PREFIX_PATH="+installed)
	run(t, game, nil, "cmake", "--build", built, "--target", "hello_c")
	logsIn(t, startServer(t), nil, filepath.Join(built, "hello_c"))
}
