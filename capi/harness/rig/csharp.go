package rig

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// newtonsoft is where Debian has the JSON library that Unity ships.
const newtonsoft = "/usr/lib/cli/Newtonsoft.Json-5.0/Newtonsoft.Json.dll"

// MissingCSharp says what compiling C# lacks on this machine, or "".
func MissingCSharp() string {
	if _, err := exec.LookPath("mcs"); err != nil {
		return "mcs, Mono's C# compiler (mono-mcs), is not installed"
	}
	if _, err := os.Stat(newtonsoft); err != nil {
		return "Newtonsoft.Json (libnewtonsoft-json5.0-cil) is not installed"
	}
	return ""
}

// BuildCSharp compiles the C# client into the folder as Banter.dll, with all warnings and
// the documentation checked, and puts beside it what it loads: the library and Newtonsoft.Json.
// Mono has what .NET Standard 2.1 has.
func BuildCSharp(built, folder string) error {
	root, err := Root()
	if err != nil {
		return err
	}
	var sources []string
	for _, dir := range []string{"Runtime", "Runtime/Generated"} {
		found, err := filepath.Glob(filepath.Join(root, "bindings/csharp", dir, "*.cs"))
		if err != nil {
			return err
		}
		sources = append(sources, found...)
	}
	if err := LinkCSharp(built, folder); err != nil {
		return err
	}
	return MCS(append(sources, "-target:library", "-r:System.Runtime.Serialization", "-r:"+newtonsoft,
		"-define:NETSTANDARD2_1_OR_GREATER", "-doc:"+filepath.Join(folder, "Banter.xml"), "-out:"+filepath.Join(folder, "Banter.dll"))...)
}

// LinkCSharp puts into the folder what the C# client loads: the library and Newtonsoft.Json.
func LinkCSharp(built, folder string) error {
	links := map[string]string{"libImSDK.so": filepath.Join(built, "lib", "libImSDK.so"), "Newtonsoft.Json.dll": newtonsoft}
	for name, target := range links {
		if err := os.Symlink(target, filepath.Join(folder, name)); err != nil {
			return err
		}
	}
	return nil
}

// CompileCSharp compiles a program against what BuildCSharp put into the folder, and returns
// its path.
func CompileCSharp(folder, name string, sources ...string) (string, error) {
	program := filepath.Join(folder, name+".exe")
	return program, MCS(append(sources, "-lib:"+folder, "-r:Banter.dll", "-r:Newtonsoft.Json.dll", "-out:"+program)...)
}

// MCS runs the compiler. A warning is an error.
func MCS(args ...string) error {
	out, err := exec.Command("mcs", append([]string{"-warnaserror", "-warn:4", "-debug", "-langversion:7.2"}, args...)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("mcs: %w\n%s", err, out)
	}
	return nil
}
