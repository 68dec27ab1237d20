package suite

import (
	"encoding/json"
	"encoding/xml"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// layout is the Unity package: its files and folders that Unity looks at, and their .meta
// files, by their path in it.
type layout struct {
	assets []string
	metas  map[string]string // the text, by the asset
}

func readLayout(t *testing.T) layout {
	t.Helper()
	l := layout{metas: map[string]string{}}
	require.NoError(t, fs.WalkDir(os.DirFS("../../csharp"), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil || name == ".":
			return err
		case entry.IsDir() && strings.HasSuffix(name, "~"):
			return fs.SkipDir
		case path.Ext(name) == ".meta":
			l.metas[strings.TrimSuffix(name, ".meta")] = string(packageFile(t, name))
		default:
			l.assets = append(l.assets, name)
		}
		return nil
	}))
	return l
}

func packageFile(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../../csharp", name))
	require.NoError(t, err)
	return data
}

func TestEachFileOfThePackageHasAMeta(t *testing.T) {
	l := readLayout(t)
	require.Greater(t, len(l.assets), 50)
	seen := map[string]string{}
	for _, asset := range l.assets {
		assert.Contains(t, l.metas, asset)
	}
	for asset, meta := range l.metas {
		guid := regexp.MustCompile(`^fileFormatVersion: 2\nguid: ([0-9a-f]{32})\n`).FindStringSubmatch(meta)
		require.NotNil(t, guid, asset)
		assert.Empty(t, seen[guid[1]], asset)
		seen[guid[1]] = asset
		if path.Dir(path.Dir(asset)) != "Runtime/Plugins" { // a release brings the libraries
			assert.Contains(t, l.assets, asset, "a .meta of something that is gone")
		}
	}
}

func TestThePackagesAssembliesResolve(t *testing.T) {
	l := readLayout(t)
	type definition struct {
		Name             string
		References       []string
		IncludePlatforms []string
	}
	defined := map[string]definition{} // by folder
	names := []string{"UnityEngine.TestRunner", "UnityEditor.TestRunner"}
	for _, asset := range l.assets {
		if path.Ext(asset) != ".asmdef" {
			continue
		}
		var d definition
		require.NoError(t, json.Unmarshal(packageFile(t, asset), &d), asset)
		assert.Equal(t, path.Base(asset), d.Name+".asmdef")
		assert.NotContains(t, names, d.Name)
		defined[path.Dir(asset)] = d
		names = append(names, d.Name)
	}
	assert.Len(t, defined, 4)
	for folder, d := range defined {
		assert.Subset(t, names, d.References, d.Name)
		assert.Equal(t, strings.Contains(folder, "Editor"), slices.Equal(d.IncludePlatforms, []string{"Editor"}), d.Name)
	}
	for _, asset := range l.assets {
		if path.Ext(asset) == ".cs" {
			folder := path.Dir(asset)
			for defined[folder].Name == "" && folder != "." {
				folder = path.Dir(folder)
			}
			assert.NotEmpty(t, defined[folder].Name, "%s is in no assembly", asset)
		}
	}
}

// What each library is enabled for in its .meta, with the processor.
func TestEachLibraryIsForItsOwnPlatform(t *testing.T) {
	want := map[string][]string{
		"windows-amd64/ImSDK.dll":      {"Editor x86_64 Windows", "Standalone: Win64 x86_64"},
		"linux-amd64/libImSDK.so":      {"Editor x86_64 Linux", "Standalone: Linux64 x86_64"},
		"linux-arm64/libImSDK.so":      {"Standalone: Linux64 ARM64"},
		"android-arm64/libImSDK.so":    {"Android: Android ARM64"},
		"android-amd64/libImSDK.so":    {"Android: Android X86_64"},
		"macos/libImSDKForMac_C.dylib": {"Editor AnyCPU OSX", "Standalone: OSXUniversal AnyCPU"},
		"ios/libImSDK.a":               {"iPhone: iOS ARM64"},
	}
	got := map[string][]string{}
	block := regexp.MustCompile(`  - first:\n      (.*)\n    second:\n      enabled: (\d)\n      settings:(?:\n        .*| \{\})*`)
	setting := regexp.MustCompile(`\n        (CPU|OS): (\w+)`)
	for asset, meta := range readLayout(t).metas {
		if !strings.Contains(meta, "\nPluginImporter:\n") {
			continue
		}
		var enabled []string
		for _, found := range block.FindAllStringSubmatch(meta, -1) {
			if found[2] == "0" {
				continue
			}
			words := []string{strings.TrimSuffix(found[1], ": Editor")}
			for _, value := range setting.FindAllStringSubmatch(found[0], -1) {
				words = append(words, value[2])
			}
			enabled = append(enabled, strings.Join(words, " "))
		}
		got[strings.TrimPrefix(asset, "Runtime/Plugins/")] = enabled
	}
	assert.Equal(t, want, got)
}

func TestThePackageDescribesItself(t *testing.T) {
	var manifest struct {
		Name, Version, DisplayName, Unity, License  string
		DocumentationURL, ChangelogURL, LicensesURL string
		Dependencies                                map[string]string
		Samples                                     []struct{ DisplayName, Description, Path string }
	}
	require.NoError(t, json.Unmarshal(packageFile(t, "package.json"), &manifest))
	assert.Equal(t, "com.banter.chat", manifest.Name)
	assert.Regexp(t, `^20\d\d\.\d$`, manifest.Unity)
	assert.Contains(t, manifest.Dependencies, "com.unity.nuget.newtonsoft-json")
	header, err := os.ReadFile("../../../capi/version.h")
	require.NoError(t, err)
	assert.Contains(t, string(header), `#define BANTER_VERSION "`+manifest.Version+`"`, "one version for all")
	for _, url := range []string{manifest.DocumentationURL, manifest.ChangelogURL, manifest.LicensesURL} {
		_, inside, ok := strings.Cut(url, "https://github.com/banter-im/banter/")
		require.True(t, ok, url)
		_, file, _ := strings.Cut(inside, "/main/")
		assert.FileExists(t, filepath.Join("../../..", file))
	}
	samples, err := filepath.Glob("../../csharp/Samples~/*")
	require.NoError(t, err)
	require.Len(t, manifest.Samples, len(samples))
	for _, sample := range manifest.Samples {
		assert.NotEmpty(t, sample.Description)
		scripts, err := filepath.Glob(filepath.Join("../../csharp", sample.Path, "*.cs"))
		require.NoError(t, err)
		assert.NotEmpty(t, scripts, sample.Path)
	}
}

func TestThePackageHasWhatUnityShows(t *testing.T) {
	licence, err := os.ReadFile("../../../LICENSE")
	require.NoError(t, err)
	assert.Equal(t, string(licence), string(packageFile(t, "LICENSE")))
	assert.Contains(t, string(packageFile(t, "README.md")), "No Unity has run this package")
	assert.Contains(t, string(packageFile(t, "CHANGELOG.md")), "## [")
	assert.NotEmpty(t, packageFile(t, "Documentation~/index.md"))
	var linker struct {
		Assemblies []struct {
			Name string `xml:"fullname,attr"`
		} `xml:"assembly"`
	}
	require.NoError(t, xml.Unmarshal(packageFile(t, "Runtime/link.xml"), &linker))
	require.NotEmpty(t, linker.Assemblies)
	assert.Equal(t, "Banter", linker.Assemblies[0].Name)
}
