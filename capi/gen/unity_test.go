package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A game's scenes refer to scripts by these: another one would break them.
func TestUnityGUIDsStayTheSame(t *testing.T) {
	assert.Contains(t, unityMeta("Runtime/Unity/BanterUpdater.cs", false), "\nguid: b0facd3c3cd282d4ac4ba99c1dc2b895\n")
	assert.Contains(t, unityMeta("Runtime/Unity/BanterSettings.cs", false), "\nguid: 24a62adba586ef13e2caf966306cbdee\n")
}

func TestUnityMetasAreForWhatUnityLooksAt(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"package.json", "Runtime/A.cs", "Runtime/A.cs.meta", ".hidden/a", "Samples~/B.cs", "Editor/.DS_Store"} {
		require.NoError(t, write(root+"/"+unityFolder+"/"+name, nil))
	}
	assets, err := unityAssets(map[string][]byte{"README.md": nil, unityFolder + "/Runtime/Generated/C.cs": nil}, root)
	require.NoError(t, err)
	for _, plugin := range unityPlugins {
		assert.Contains(t, assets, plugin.file)
		delete(assets, plugin.file)
	}
	for _, folder := range []string{"Runtime/Plugins", "Runtime/Plugins/ios", "Runtime", "Runtime/Generated"} {
		assert.True(t, assets[folder], folder)
	}
	for asset, isFolder := range assets {
		if isFolder {
			delete(assets, asset)
		}
	}
	assert.Equal(t, map[string]bool{"package.json": false, "Runtime/A.cs": false, "Runtime/Generated/C.cs": false}, assets)
}

func TestUnityImporters(t *testing.T) {
	tests := []struct {
		name, asset string
		isFolder    bool
		want        string
	}{
		{"a folder", "Runtime", true, "\nfolderAsset: yes\nDefaultImporter:\n"},
		{"a script", "Runtime/A.cs", false, "\nMonoImporter:\n"},
		{"an assembly", "Runtime/Banter.asmdef", false, "\nAssemblyDefinitionImporter:\n"},
		{"the manifest", "package.json", false, "\nPackageManifestImporter:\n"},
		{"a text", "README.md", false, "\nTextScriptImporter:\n"},
		{"a library", "Runtime/Plugins/ios/libImSDK.a", false, "\nPluginImporter:\n"},
		{"anything else", "LICENSE", false, "\nDefaultImporter:\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			meta := unityMeta(tt.asset, tt.isFolder)
			assert.Contains(t, meta, tt.want)
			assert.Regexp(t, `\A(?:\S.*\n|  .*\n)+\z`, meta)
		})
	}
}
