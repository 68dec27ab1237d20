// Command needs brings what the tests want beyond Go and gcc. As root on Debian it
// installs what is missing; elsewhere it says what is missing and which tests that skips.
// Nothing it lacks is an error: the tests name what they skipped.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
)

// need is something that tests want.
type need struct {
	probe    string // a command, or the path of a file
	packages []string
	without  string // what is skipped when it is missing
}

var needs = []need{
	{"mcs", []string{"mono-mcs"}, "the C# programs"},
	{"mono-sgen", []string{"mono-runtime"}, "the C# programs on Mono's sgen collector"},
	{"mono-boehm", []string{"mono-runtime-boehm"}, "the C# programs on Mono's Boehm collector"},
	{"/usr/lib/cli/Newtonsoft.Json-5.0/Newtonsoft.Json.dll", []string{"libnewtonsoft-json5.0-cil", "libmono-system-runtime-serialization4.0-cil"},
		"the C# client"},
	{"/usr/include/gc/gc.h", []string{"libgc-dev"}, "the stress program on Boehm's collector"},
	{"x86_64-w64-mingw32-gcc", []string{"gcc-mingw-w64-x86-64"}, "linking for Windows"},
	{"aarch64-linux-gnu-gcc", []string{"gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross"}, "linking for arm64"},
	{"npm", []string{"npm"}, "what is linked as it is released, for old systems"},
	{"/usr/lib/wine/wine64", []string{"wine64"}, "running on Windows"},
	{"qemu-aarch64-static", []string{"qemu-user-static"}, "running on arm64"},
	{"ld.lld", []string{"lld"}, "linking for Android and macOS"},
	{"llvm-lipo-14", []string{"llvm"}, "linking for macOS"},
	{"clang", []string{"clang"}, "the C tests that need clang"},
	{"x86_64-w64-mingw32-g++-posix", []string{"g++-mingw-w64-x86-64-posix"}, "the C++ header for Windows"},
	{"unzip", []string{"unzip"}, "building with the package of a release"},
	{"cmake", []string{"cmake"}, "the CMake package"},
	{"pkg-config", []string{"pkg-config"}, "the package's pkg-config file"},
	{"curl", []string{"curl"}, "the documents' steps for operators, and the conversation of REST"},
	{"openssl", []string{"openssl"}, "the documents' steps for operators"},
	{"sqlite3", []string{"sqlite3"}, "the documents' steps for operators"},
	{"systemd-analyze", []string{"systemd"}, "the check of the service's unit"},
	{"nft", []string{"nftables"}, "the half-open link and the chaos run"},
	{"ip", []string{"iproute2"}, "the half-open link and the chaos run"},
	{"chromium", []string{"chromium"}, "the page of a server for development"},
	{"pg_ctlcluster", []string{"postgresql"}, "the store on PostgreSQL, and several nodes"},
}

// machine is what needs has to do with.
type machine struct {
	root    bool
	has     func(probe string) bool
	install func(packages []string) error
	out     io.Writer
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	m := machine{root: os.Geteuid() == 0, has: has, out: os.Stderr}
	m.install = func(packages []string) error { return install(ctx, packages) }
	m.bring(needs)
}

// bring installs what is missing where it can, and tells of what is missing then.
func (m machine) bring(wanted []need) {
	missing := m.missing(wanted)
	if len(missing) > 0 && m.root && m.has("apt-get") {
		var packages []string
		for _, n := range missing {
			packages = append(packages, n.packages...)
		}
		fmt.Fprintln(m.out, "needs: installing", strings.Join(packages, " "))
		if err := m.install(packages); err != nil {
			fmt.Fprintln(m.out, "needs:", err)
		}
		missing = m.missing(missing)
	}
	for _, n := range missing {
		fmt.Fprintf(m.out, "needs: no %s (%s): skips %s\n", n.probe, strings.Join(n.packages, " "), n.without)
	}
}

func (m machine) missing(wanted []need) []need {
	return slices.DeleteFunc(slices.Clone(wanted), func(n need) bool { return m.has(n.probe) })
}

func has(probe string) bool {
	if filepath.IsAbs(probe) {
		_, err := os.Stat(probe)
		return err == nil
	}
	_, err := exec.LookPath(probe)
	return err == nil
}

// install asks apt for the packages one by one after the first failure, so that one that
// this release of Debian does not have costs no other.
func install(ctx context.Context, packages []string) error {
	if err := apt(ctx, "update"); err != nil {
		return err
	}
	if apt(ctx, append([]string{"install"}, packages...)...) == nil {
		return nil
	}
	for _, name := range packages {
		if err := apt(ctx, "install", name); err != nil {
			fmt.Fprintln(os.Stderr, "needs:", err)
		}
	}
	return nil
}

// apt runs one command of apt-get quietly; what it says is shown when it fails.
func apt(ctx context.Context, args ...string) error {
	args = append([]string{"-qq", "-y", "--no-install-recommends"}, args...)
	cmd := exec.CommandContext(ctx, "apt-get", args...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("apt-get %s: %w\n%s", strings.Join(args, " "), err, said)
	}
	return nil
}
