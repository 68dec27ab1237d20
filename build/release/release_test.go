package main

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// commit is the time of the tests' releases.
var commit = time.Unix(1_700_000_000, 0)

// tree writes small files below the working folder.
func tree(t *testing.T, files ...string) {
	t.Helper()
	for _, name := range files {
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
		require.NoError(t, os.WriteFile(name, []byte("text of "+name), 0o600))
	}
}

// fixture is a release of small files, in the working folder.
func fixture(t *testing.T) release {
	t.Helper()
	t.Chdir(t.TempDir())
	tree(t, "LICENSE", "README.md", "docs/operations.md", "build/banterd.example.toml", "build/banterd.service", "notices",
		"bindings/csharp/package.json", "bindings/csharp/.git/config", "bindings/csharp/.DS_Store",
		"bindings/cpp/unreal/BanterChat/BanterChat.uplugin", "bindings/cpp/include/banter/client.hpp")
	for _, platform := range desktop {
		library, server := "libImSDK.so", "banterd"
		if platform == "windows-amd64" {
			library, server = "ImSDK.dll", "banterd.exe"
			tree(t, platform+"/lib/ImSDK.lib")
		}
		tree(t, platform+"/lib/"+library, platform+"/bin/"+server, platform+"/include/TIMCloud.h",
			"cmake/"+platform+"/lib/"+library, "boms/library-"+platform+".cdx.json", "boms/banterd-"+platform+".cdx.json")
	}
	return release{version: "1.2.3", notices: "notices", boms: "boms",
		product: func(platform string) string { return platform },
		cmake:   func(platform string) string { return "cmake/" + platform }}
}

func TestTheSameFilesGiveTheSameBytes(t *testing.T) {
	r := fixture(t)
	require.NoError(t, r.writeAll("one", commit, nil))
	require.NoError(t, filepath.WalkDir(".", func(name string, _ os.DirEntry, err error) error {
		return errors.Join(err, os.Chtimes(name, commit, time.Now()), os.Chmod(name, 0o700))
	}))
	require.NoError(t, r.writeAll("two", commit.UTC(), nil))

	one, err := os.ReadFile("one/SHA256SUMS")
	require.NoError(t, err)
	two, err := os.ReadFile("two/SHA256SUMS")
	require.NoError(t, err)
	assert.Equal(t, string(one), string(two))
	written, err := filepath.Glob("one/*")
	require.NoError(t, err)
	assert.Len(t, written, 2+2*len(desktop)+1)
}

func TestAMissingPartIsNamed(t *testing.T) {
	r := fixture(t)
	require.NoError(t, os.RemoveAll("bindings/cpp/unreal"))
	assert.EqualError(t, r.writeAll("out", commit, nil),
		"BanterChat-1.2.3-unreal.zip wants bindings/cpp/unreal/BanterChat, which is not there")

	var missing []string
	require.NoError(t, r.writeAll("out", commit, func(what string) { missing = append(missing, what) }))
	assert.Equal(t, []string{"BanterChat-1.2.3-unreal.zip goes without bindings/cpp/unreal/BanterChat"}, missing)
}

func TestWhatIsInTheArchives(t *testing.T) {
	r := fixture(t)
	require.NoError(t, r.writeAll("out", commit, nil))
	tests := []struct {
		archive string
		want    map[string]os.FileMode
	}{
		{"com.banter.chat-1.2.3.tgz", map[string]os.FileMode{
			"package/package.json": 0o644, "package/Documentation~/notices": 0o644,
			"package/Documentation~/library-linux-amd64.cdx.json":   0o644,
			"package/Documentation~/library-linux-arm64.cdx.json":   0o644,
			"package/Documentation~/library-windows-amd64.cdx.json": 0o644,
			"package/Runtime/Plugins/linux-amd64/libImSDK.so":       0o644,
			"package/Runtime/Plugins/linux-arm64/libImSDK.so":       0o644,
			"package/Runtime/Plugins/windows-amd64/ImSDK.dll":       0o644}},
		{"BanterChat-1.2.3-unreal.zip", map[string]os.FileMode{
			"BanterChat/LICENSE": 0o644, "BanterChat/THIRD-PARTY-NOTICES": 0o644, "BanterChat/BanterChat.uplugin": 0o644,
			"BanterChat/library-linux-amd64.cdx.json": 0o644, "BanterChat/library-linux-arm64.cdx.json": 0o644,
			"BanterChat/library-windows-amd64.cdx.json":                           0o644,
			"BanterChat/Source/ThirdParty/BanterImSDK/include/TIMCloud.h":         0o644,
			"BanterChat/Source/ThirdParty/BanterImSDK/include/banter/client.hpp":  0o644,
			"BanterChat/Source/ThirdParty/BanterImSDK/lib/Linux/libImSDK.so":      0o644,
			"BanterChat/Source/ThirdParty/BanterImSDK/lib/LinuxArm64/libImSDK.so": 0o644,
			"BanterChat/Source/ThirdParty/BanterImSDK/lib/Win64/ImSDK.dll":        0o644,
			"BanterChat/Source/ThirdParty/BanterImSDK/lib/Win64/ImSDK.lib":        0o644}},
		{"banter-1.2.3-linux-amd64.zip", map[string]os.FileMode{
			"banter-1.2.3-linux-amd64/LICENSE": 0o644, "banter-1.2.3-linux-amd64/THIRD-PARTY-NOTICES": 0o644,
			"banter-1.2.3-linux-amd64/library.cdx.json": 0o644, "banter-1.2.3-linux-amd64/lib/libImSDK.so": 0o644}},
		{"banterd-1.2.3-windows-amd64.tar.gz", map[string]os.FileMode{
			"banterd-1.2.3-windows-amd64/LICENSE": 0o644, "banterd-1.2.3-windows-amd64/THIRD-PARTY-NOTICES": 0o644,
			"banterd-1.2.3-windows-amd64/README.md": 0o644, "banterd-1.2.3-windows-amd64/docs/operations.md": 0o644,
			"banterd-1.2.3-windows-amd64/banterd.example.toml": 0o644, "banterd-1.2.3-windows-amd64/banterd.service": 0o644,
			"banterd-1.2.3-windows-amd64/banterd.cdx.json": 0o644, "banterd-1.2.3-windows-amd64/bin/banterd.exe": 0o755}},
	}
	for _, tt := range tests {
		t.Run(tt.archive, func(t *testing.T) {
			assert.Equal(t, tt.want, listed(t, filepath.Join("out", tt.archive)))
		})
	}
}

// listed returns the files of an archive with their modes. Each must bear the commit's time.
func listed(t *testing.T, name string) map[string]os.FileMode {
	t.Helper()
	modes := map[string]os.FileMode{}
	add := func(info os.FileInfo, name string) {
		modes[name] = info.Mode()
		assert.Equal(t, commit.UTC(), info.ModTime().UTC(), name)
	}
	if filepath.Ext(name) == ".zip" {
		archive, err := zip.OpenReader(name)
		require.NoError(t, err)
		defer archive.Close()
		for _, file := range archive.File {
			add(file.FileInfo(), file.Name)
		}
		return modes
	}
	file, err := os.Open(name)
	require.NoError(t, err)
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	require.NoError(t, err)
	for archive := tar.NewReader(unzipped); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return modes
		}
		require.NoError(t, err)
		add(header.FileInfo(), header.Name)
	}
}

func TestNoticesWantALicenceOfEveryModule(t *testing.T) {
	t.Chdir(t.TempDir())
	tree(t, "go/LICENSE", "a/LICENSE.md", "a/NOTICE", "a/a.go", "b/b.go")
	require.NoError(t, writeNotices("notices", "go", map[string]string{"example.com/a v1.0.0": "a"}))
	text, err := os.ReadFile("notices")
	require.NoError(t, err)
	for _, part := range []string{"Go, LICENSE\n\ntext of go/LICENSE", "example.com/a v1.0.0, LICENSE.md\n\ntext of a/LICENSE.md", "text of a/NOTICE"} {
		assert.Contains(t, string(text), part)
	}
	assert.NotContains(t, string(text), "a.go")
	assert.EqualError(t, writeNotices("notices", "go", map[string]string{"example.com/b v1.0.0": "b"}),
		"example.com/b v1.0.0 has no licence in b: it cannot be shipped")
}

func TestReleaseTime(t *testing.T) {
	made, err := releaseTime(t.Context(), "1700000000")
	require.NoError(t, err)
	assert.True(t, commit.Equal(made))
	_, err = releaseTime(t.Context(), "yesterday")
	assert.EqualError(t, err, `SOURCE_DATE_EPOCH is "yesterday", not a number of seconds`)
	made, err = releaseTime(t.Context(), "")
	require.NoError(t, err, "the commit's")
	assert.False(t, made.IsZero())
}
