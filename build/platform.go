package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// platform is something we build for.
type platform struct {
	os, arch string
	compiler string // the C compiler for it; on a machine of the platform itself, cgo's choice
	apt      string // the Debian packages that bring the compiler
	library  string // the file name that games load
	server   string
	baseline string // zig's name of the oldest system that released files run on; "": no other compiler
}

// platforms are all we build for. README.md says what of it is tested.
var platforms = []platform{
	{"linux", "amd64", "x86_64-linux-gnu-gcc", "gcc-x86-64-linux-gnu", "libImSDK.so", "banterd", "x86_64-linux-gnu.2.17"},
	{"linux", "arm64", "aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu libc6-dev-arm64-cross", "libImSDK.so", "banterd", "aarch64-linux-gnu.2.17"},
	{"windows", "amd64", "x86_64-w64-mingw32-gcc", "gcc-mingw-w64-x86-64", "ImSDK.dll", "banterd.exe", ""},
}

func (p platform) name() string { return p.os + "-" + p.arch }

func platformNames() string {
	var names []string
	for _, p := range platforms {
		names = append(names, p.name())
	}
	return strings.Join(names, ", ")
}

func findPlatforms(names []string) ([]platform, error) {
	var found []platform
	for _, name := range names {
		p, ok := findPlatform(name)
		if !ok {
			return nil, fmt.Errorf("there is no platform %q, only %s", name, platformNames())
		}
		found = append(found, p)
	}
	return found, nil
}

func findPlatform(name string) (platform, bool) {
	for _, p := range platforms {
		if p.name() == name {
			return p, true
		}
	}
	return platform{}, false
}

// environment is what the go command needs to know to build for p: by zig where that is
// given and makes a difference, else by the compiler of the platform.
func (p platform) environment(zig string) ([]string, error) {
	env := []string{"CGO_ENABLED=1", "GOOS=" + p.os, "GOARCH=" + p.arch}
	if zig != "" && p.baseline != "" {
		return append(env, fmt.Sprintf("CC=%q cc -target %s", zig, p.baseline)), nil
	}
	if p.os == runtime.GOOS && p.arch == runtime.GOARCH {
		return env, nil
	}
	if _, err := exec.LookPath(p.compiler); err != nil {
		return nil, fmt.Errorf("needs %s (apt-get install %s)", p.compiler, p.apt)
	}
	return append(env, "CC="+p.compiler), nil
}

// linkFlags are those of the C linker, with the export list from the folder exports. They
// need the linker's -extldflags: cgo refuses them in a source file.
func (p platform) linkFlags(exports string) []string {
	if p.os == "windows" {
		// The first flag keeps the go command from adding a symbol of its own to the
		// export table, the second undoes what the first means: the list alone counts.
		return []string{"-Wl,--export-all-symbols", "-Wl,--exclude-all-symbols", filepath.Join(exports, "ImSDK.def")}
	}
	return []string{
		"-Wl,--version-script=" + filepath.Join(exports, "libImSDK.map"),
		"-Wl,-soname," + p.library,
		"-Wl,-z,now",
		"-Wl,--build-id",
	}
}
