//go:build linux

package suite

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/banter-im/banter/capi/harness/rig"
)

// unityTests is the program's name, and that of the package's own tests for the editor:
// what is internal is open to it.
const unityTests = "Banter.Editor.Tests"

// unityProgram compiles stand-ins for the engine, the package as the editor on Linux has it,
// its samples and the tests, once, into a folder below that of the other programs.
var unityProgram = sync.OnceValues(func() (string, error) {
	above, err := compiled()
	if err != nil {
		return "", err
	}
	built, err := rig.Build()
	if err != nil {
		return "", err
	}
	folder := filepath.Join(above, "unity")
	if err := os.Mkdir(folder, 0o755); err != nil {
		return "", err
	}
	if err := rig.LinkCSharp(built, folder); err != nil {
		return "", err
	}
	for _, stub := range []assembly{
		{name: "UnityEngine", sources: []string{"stubs/UnityEngine/*.cs"}},
		{name: "UnityEditor", sources: []string{"stubs/UnityEditor/*.cs"}, references: []string{"UnityEngine"}},
		{name: "nunit.framework", sources: []string{"stubs/NUnit/*.cs"}},
	} {
		if err := stub.compile(folder, folder, ""); err != nil {
			return "", err
		}
	}
	if err := compileUnity(folder, folder, "UNITY_EDITOR;UNITY_EDITOR_LINUX;UNITY_STANDALONE;UNITY_STANDALONE_LINUX"); err != nil {
		return "", err
	}
	return folder, unityTestAssembly.compile(folder, folder, "")
})

// assembly is something that the C# compiler makes.
type assembly struct {
	name       string
	sources    []string // patterns
	references []string
	flags      []string
}

// The package's assemblies, in the order in which they are compiled.
var (
	unityRuntime = assembly{"Banter", []string{unityPackage + "/Runtime/*.cs", unityPackage + "/Runtime/*/*.cs"},
		[]string{"System.Runtime.Serialization", "Newtonsoft.Json", "UnityEngine"}, nil}
	unitySamples = assembly{"Banter.Samples", []string{unityPackage + "/Samples~/*/*.cs"},
		[]string{"Banter", "Newtonsoft.Json", "UnityEngine"}, nil}
	unityEditor = assembly{"Banter.Editor", []string{unityPackage + "/Editor/*.cs"},
		[]string{"Banter", "Newtonsoft.Json", "UnityEngine", "UnityEditor"}, nil}
	unityTestAssembly = assembly{unityTests, []string{unityPackage + "/Tests/*/*.cs", "programs/unity/*.cs", "programs/tests/Program.cs",
		"programs/tests/Server.cs", "programs/tests/Game.cs"},
		[]string{"Banter", "Banter.Editor", "Banter.Samples", "Newtonsoft.Json", "UnityEngine", "UnityEditor", "nunit.framework"},
		[]string{"-target:exe"}}
)

// unityPackage is the package's folder.
const unityPackage = "../../csharp"

// compileUnity compiles the package into the folder, against the stand-ins in stubs, with
// the symbols that Unity has for a build.
func compileUnity(folder, stubs, symbols string) error {
	list := []assembly{unityRuntime, unitySamples}
	if strings.Contains(symbols, "UNITY_EDITOR") {
		list = append(list, unityEditor)
	}
	for _, a := range list {
		if err := a.compile(folder, stubs, symbols+";UNITY_5_3_OR_NEWER;UNITY_2021_3_OR_NEWER;NET_STANDARD_2_1"); err != nil {
			return err
		}
	}
	return nil
}

func (a assembly) compile(folder, stubs, symbols string) error {
	var args []string
	for _, pattern := range a.sources {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return fmt.Errorf("%s: no file is %s", a.name, pattern)
		}
		args = append(args, found...)
	}
	for _, reference := range a.references {
		args = append(args, "-r:"+reference+".dll")
	}
	ending := ".dll"
	if slices.Contains(a.flags, "-target:exe") {
		ending = ".exe"
	}
	args = append(args, "-lib:"+folder, "-lib:"+stubs, "-target:library", "-out:"+filepath.Join(folder, a.name+ending))
	if symbols != "" {
		args = append(args, "-define:"+symbols)
	}
	if err := rig.MCS(append(args, a.flags...)...); err != nil {
		return fmt.Errorf("%s: %w", a.name, err)
	}
	return nil
}
