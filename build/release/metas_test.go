package main

import (
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The real package, with small files in the place of what a build brings.
func TestTheUnityPackageHasAMetaForEachFileAndForNothingElse(t *testing.T) {
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	r := fixture(t)
	brought, err := os.Getwd()
	require.NoError(t, err)
	r.product = func(platform string) string { return filepath.Join(brought, platform) }
	r.boms, r.notices = filepath.Join(brought, r.boms), filepath.Join(brought, r.notices)
	t.Chdir(root)
	files, err := r.unity().collect(nil)
	require.NoError(t, err)

	assets := map[string]bool{}
	for name := range files {
		if strings.HasSuffix(name, ".meta") || strings.Contains(name, "~/") {
			continue
		}
		for ; name != "package"; name = path.Dir(name) {
			assets[name+".meta"] = true
		}
	}
	metas := maps.Clone(files)
	maps.DeleteFunc(metas, func(name, _ string) bool { return !strings.HasSuffix(name, ".meta") })
	assert.Equal(t, slices.Sorted(maps.Keys(assets)), slices.Sorted(maps.Keys(metas)))
	for _, library := range []string{"linux-amd64/libImSDK.so", "linux-arm64/libImSDK.so", "windows-amd64/ImSDK.dll"} {
		assert.Contains(t, files, "package/Runtime/Plugins/"+library+".meta")
	}
	assert.NotContains(t, files, "package/Runtime/Plugins/ios.meta", "no library for iOS is in the release")
}
