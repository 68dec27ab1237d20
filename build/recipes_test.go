package main

import (
	"debug/elf"
	"debug/macho"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The recipes for machines with the SDKs are run here with clang, lld and stand-ins for
// the SDKs. What comes out is checked as a file: it has never run.

// clangTools skips the test when something is missing, and returns zig's C headers, which
// have macOS's and, for Android, those of musl.
func clangTools(t *testing.T, tools ...string) string {
	t.Helper()
	if os.Getenv("BANTER_LONG") == "" {
		t.Skip("compiling everything for four more platforms takes minutes: set BANTER_LONG")
	}
	for _, tool := range append(tools, "clang") {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(err)
		}
	}
	compiler, err := findZig(t.Context())
	if err != nil {
		t.Skip(err)
	}
	return filepath.Join(filepath.Dir(compiler), "lib", "libc")
}

// runWith runs a program with more in its environment.
func runWith(t *testing.T, env []string, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s %v\n%s", name, args, out)
}

// copyTo copies a file from testdata/sdk to dir.
func copyTo(t *testing.T, dir, name, as string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("build", "testdata", "sdk", name))
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, as)), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, as), text, 0o755))
}

func TestAndroidRecipe(t *testing.T) {
	libc := clangTools(t, "ld.lld")
	t.Chdir("..")
	ndk, out := t.TempDir(), t.TempDir()
	copyTo(t, ndk, "log.h", "include/android/log.h")
	copyTo(t, ndk, "netdb.h", "include/netdb.h")
	for _, cpu := range []string{"aarch64", "x86_64"} {
		copyTo(t, ndk, "clang.sh", "bin/"+cpu+"-linux-android24-clang")
		for _, name := range []string{"c", "dl", "log", "m"} {
			file := filepath.Join(ndk, "lib", cpu, "lib"+name+".so")
			require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
			runWith(t, nil, "clang", "-target", cpu+"-linux-android24", "-nostdlib", "-shared", "-fuse-ld=lld",
				"-Wl,-soname,lib"+name+".so", "-o", file, "-xc", "/dev/null")
		}
	}
	runWith(t, []string{"CC_DIR=" + filepath.Join(ndk, "bin"), "ZIG_INCLUDE=" + filepath.Join(libc, "include")}, "build/recipes/android", out)
	for abi, arch := range map[string]string{"arm64-v8a": "arm64", "x86_64": "amd64"} {
		library := filepath.Join(out, abi, "libImSDK.so")
		assert.ElementsMatch(t, exportList(t, "build/ImSDK.def"), exports(t, library))
		assertShared(t, library, platform{arch: arch, library: "libImSDK.so"})
		assertPages(t, library, 16<<10)
	}
}

// assertPages checks that a library can be mapped where pages are so large.
func assertPages(t *testing.T, library string, size uint64) {
	t.Helper()
	file, err := elf.Open(library)
	require.NoError(t, err)
	defer file.Close()
	segments := 0
	for _, part := range file.Progs {
		if part.Type == elf.PT_LOAD {
			segments++
			assert.Zero(t, part.Align%size, "a segment is aligned to %d", part.Align)
			assert.Equal(t, part.Vaddr%size, part.Off%size)
		}
	}
	assert.NotZero(t, segments)
}

// macSDK lays out what a linker for macOS wants: zig's headers and list of the system
// library, and lists of our own of the few other names that the Go runtime uses.
func macSDK(t *testing.T, libc string) string {
	t.Helper()
	sdk := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(sdk, "usr", "include"), 0o755))
	for _, headers := range []string{"any-macos-any", "any-macos.12-any", "aarch64-macos.12-none"} {
		runWith(t, nil, "cp", "-r", filepath.Join(libc, "include", headers)+"/.", filepath.Join(sdk, "usr", "include"))
	}
	frameworks := filepath.Join(sdk, "System", "Library", "Frameworks")
	for _, dir := range []string{"usr/lib", "System/Library/Frameworks/CoreFoundation.framework", "System/Library/Frameworks/Security.framework"} {
		require.NoError(t, os.MkdirAll(filepath.Join(sdk, dir), 0o755))
	}
	runWith(t, nil, "cp", filepath.Join(libc, "darwin", "libSystem.12.tbd"), filepath.Join(sdk, "usr", "lib", "libSystem.tbd"))
	writeStub(t, filepath.Join(sdk, "usr", "lib", "libresolv.tbd"), "/usr/lib/libresolv.9.dylib",
		[]string{"res_9_ninit", "res_9_nsearch", "res_9_nclose"})
	for _, name := range []string{"CoreFoundation", "Security"} {
		file := "/System/Library/Frameworks/" + name + ".framework/Versions/A/" + name
		writeStub(t, filepath.Join(frameworks, name+".framework", name+".tbd"), file, importedFrom(t, file))
	}
	return sdk
}

func writeStub(t *testing.T, path, library string, names []string) {
	t.Helper()
	require.NotEmpty(t, names, library)
	text := "--- !tapi-tbd\ntbd-version: 4\ntargets: [ x86_64-macos, arm64-macos ]\ninstall-name: '" + library +
		"'\nexports:\n  - targets: [ x86_64-macos, arm64-macos ]\n    symbols: [ _" + strings.Join(names, ", _") + " ]\n...\n"
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
}

// importedFrom reads in Go's own source which names it wants of a library.
func importedFrom(t *testing.T, library string) []string {
	t.Helper()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	require.NoError(t, err)
	sources, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(root)), "src/crypto/x509/internal/macos/*.go"))
	require.NoError(t, err)
	var names []string
	for _, source := range sources {
		text, err := os.ReadFile(source)
		require.NoError(t, err)
		for line := range strings.Lines(string(text)) {
			words := strings.Fields(line)
			if len(words) == 4 && words[0] == "//go:cgo_import_dynamic" && words[3] == `"`+library+`"` {
				names = append(names, words[2])
			}
		}
	}
	return names
}

func TestMacRecipe(t *testing.T) {
	libc := clangTools(t, "ld64.lld", "llvm-lipo-14")
	t.Chdir("..")
	out := t.TempDir()
	runWith(t, []string{"CC=clang", "LIPO=llvm-lipo-14", "CC_FLAGS=-isysroot " + macSDK(t, libc) +
		" -fuse-ld=lld -Wno-nullability-completeness -Wno-unused-command-line-argument"}, "build/recipes/macos", out)
	file, err := macho.OpenFat(filepath.Join(out, "libImSDKForMac_C.dylib"))
	require.NoError(t, err)
	defer file.Close()
	require.Len(t, file.Arches, 2)
	for _, arch := range file.Arches {
		assert.Equal(t, macho.TypeDylib, arch.Type)
		imports, err := arch.ImportedLibraries()
		require.NoError(t, err)
		assert.Subset(t, []string{"/usr/lib/libSystem.B.dylib", "/usr/lib/libresolv.9.dylib",
			"/System/Library/Frameworks/CoreFoundation.framework/Versions/A/CoreFoundation",
			"/System/Library/Frameworks/Security.framework/Versions/A/Security"}, imports)
		assert.ElementsMatch(t, exportList(t, "build/ImSDK.def"), machExports(arch.File), arch.Cpu.String())
	}
}

// The stand-in for xcrun has clang and macOS's headers for an SDK, and that for xcodebuild
// puts the libraries where the framework has them.
func TestIOSRecipe(t *testing.T) {
	libc := clangTools(t, "llvm-ar-14")
	t.Chdir("..")
	tools, out := t.TempDir(), t.TempDir()
	copyTo(t, tools, "xcrun.sh", "xcrun")
	copyTo(t, tools, "xcodebuild.sh", "xcodebuild")
	sdk := macSDK(t, libc)
	for _, header := range []string{"CFBundle.h", "CFString.h"} {
		copyTo(t, sdk, header, "System/Library/Frameworks/CoreFoundation.framework/Headers/"+header)
	}
	runWith(t, []string{"PATH=" + tools + ":" + os.Getenv("PATH"), "SDK=" + sdk}, "build/recipes/ios", out)
	assert.FileExists(t, filepath.Join(out, "PrivacyInfo.xcprivacy"))
	for _, sdk := range []string{"iphoneos", "iphonesimulator"} {
		names := archiveExports(t, filepath.Join(out, "BanterChat.xcframework", sdk, "libImSDK.a"))
		assert.Subset(t, names, exportList(t, "build/ImSDK.def"))
	}
}

// archiveExports returns the names that the objects of a static library define for others.
func archiveExports(t *testing.T, library string) (names []string) {
	t.Helper()
	members := t.TempDir()
	runWith(t, nil, "sh", "-c", `cd "$0" && llvm-ar-14 x "$1"`, members, library)
	objects, err := filepath.Glob(filepath.Join(members, "*.o"))
	require.NoError(t, err)
	require.NotEmpty(t, objects)
	for _, object := range objects {
		file, err := macho.Open(object)
		require.NoError(t, err)
		assert.Equal(t, macho.CpuArm64, file.Cpu)
		names = append(names, machExports(file)...)
		require.NoError(t, file.Close())
	}
	return names
}

// machExports returns the names that a Mach-O library defines for others.
func machExports(file *macho.File) []string {
	var names []string
	const external, stab, kind = 0x01, 0xe0, 0x0e
	for _, symbol := range file.Symtab.Syms {
		if symbol.Type&stab == 0 && symbol.Type&external != 0 && symbol.Type&kind != 0 {
			names = append(names, strings.TrimPrefix(symbol.Name, "_"))
		}
	}
	return names
}
