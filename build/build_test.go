package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fixture is a small library and program, built like ours.
func fixture(t *testing.T) builder {
	t.Helper()
	return builder{stderr: t.Output(), sources: sources{
		library: "./testdata/library",
		server:  "./testdata/server",
		headers: "testdata/library/include",
		exports: "testdata/library",
		out:     t.TempDir(),
	}}
}

func here(t *testing.T) platform {
	t.Helper()
	p, ok := findPlatform(runtime.GOOS + "-" + runtime.GOARCH)
	if !ok {
		t.Skip("this machine is none of " + platformNames())
	}
	return p
}

func TestBuildMakesEveryPlatform(t *testing.T) {
	want := map[string][]string{
		"linux-amd64":   {"bin/banterd", "include/TIMFixture.h", "lib/libImSDK.so"},
		"linux-arm64":   {"bin/banterd", "include/TIMFixture.h", "lib/libImSDK.so"},
		"windows-amd64": {"bin/banterd.exe", "include/TIMFixture.h", "lib/ImSDK.dll", "lib/ImSDK.lib"},
	}
	for _, p := range platforms {
		t.Run(p.name(), func(t *testing.T) {
			if _, err := p.environment(""); err != nil {
				t.Skip(err)
			}
			out, err := fixture(t).build(t.Context(), p)
			require.NoError(t, err)
			assert.Equal(t, want[p.name()], files(t, out))
			assert.Equal(t, []string{"TIMFixture"}, exports(t, filepath.Join(out, "lib", p.library)))
		})
	}
}

func files(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	require.NoError(t, eachFile(dir, func(name string) error {
		names = append(names, filepath.ToSlash(name))
		return nil
	}))
	slices.Sort(names)
	return names
}

func TestASecondBuildRemovesWhatIsNoLongerMade(t *testing.T) {
	b, p := fixture(t), here(t)
	out, err := b.build(t.Context(), p)
	require.NoError(t, err)
	stale := filepath.Join(out, "include", "Stale.h")
	require.NoError(t, os.WriteFile(stale, nil, 0o644))

	_, err = b.build(t.Context(), p)
	require.NoError(t, err)
	assert.NoFileExists(t, stale)
	left, err := filepath.Glob(filepath.Join(b.out, ".stage-*"))
	require.NoError(t, err)
	assert.Empty(t, left, "the working folder is removed")
}

func TestRaceBuildsTheServerAlone(t *testing.T) {
	b, p := fixture(t), here(t)
	b.race = true
	out, err := b.build(t.Context(), p)
	require.NoError(t, err)
	assert.Equal(t, filepath.Join(b.out, p.name()+"-race"), out)
	assert.Equal(t, []string{"bin/" + p.server}, files(t, out))

	said, err := exec.Command(filepath.Join(out, "bin", p.server)).Output()
	require.NoError(t, err)
	assert.Equal(t, "ready\n", string(said))
}

func TestWithoutHeadersTheBuildFails(t *testing.T) {
	b, p := fixture(t), here(t)
	b.headers = "testdata/server"
	_, err := b.build(t.Context(), p)
	assert.ErrorContains(t, err, "scripts/generate")
}

func TestAnUnknownPlatformIsNamed(t *testing.T) {
	err := run(t.Context(), []string{"linux-amd64", "amiga-m68k"}, &bytes.Buffer{}, &bytes.Buffer{})
	assert.EqualError(t, err, `there is no platform "amiga-m68k", only linux-amd64, linux-arm64, windows-amd64`)
}
