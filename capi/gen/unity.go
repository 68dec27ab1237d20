package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
)

// unityFolder is the package for Unity's package manager.
const unityFolder = "bindings/csharp"

// unityPackage is the package's name, which every GUID is made from.
const unityPackage = "com.banter.chat"

// addUnityMetas adds the .meta of every file and folder of the Unity package: those that
// are in root, those that are generated, and the libraries that a release brings.
func addUnityMetas(files map[string][]byte, root string) error {
	assets, err := unityAssets(files, root)
	if err != nil {
		return err
	}
	for asset, isFolder := range assets {
		files[path.Join(unityFolder, asset)+".meta"] = []byte(unityMeta(asset, isFolder))
	}
	return nil
}

// unityAssets returns the paths in the package that need a .meta, and whether each is a
// folder. Unity looks at nothing that is hidden, nor into a folder whose name ends with ~.
func unityAssets(files map[string][]byte, root string) (map[string]bool, error) {
	assets := map[string]bool{}
	add := func(name string) {
		assets[name] = false
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			assets[dir] = true
		}
	}
	for name := range files {
		if inside, ok := strings.CutPrefix(name, unityFolder+"/"); ok {
			add(inside)
		}
	}
	for _, plugin := range unityPlugins {
		add(plugin.file)
	}
	top := filepath.Join(root, filepath.FromSlash(unityFolder))
	err := filepath.WalkDir(top, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil || name == top:
			return err
		case strings.HasPrefix(entry.Name(), ".") || strings.HasSuffix(entry.Name(), "~"):
			if entry.IsDir() {
				return fs.SkipDir
			}
		case !entry.IsDir() && path.Ext(entry.Name()) != ".meta":
			inside, err := filepath.Rel(top, name)
			add(filepath.ToSlash(inside))
			return err
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil // a folder that holds the README alone
	}
	return assets, err
}

// unityMeta is the .meta of an asset. Its GUID is made from its path: it stays the same for
// ever, so that what a game's project refers to is found again after an update.
func unityMeta(asset string, isFolder bool) string {
	sum := sha256.Sum256([]byte(unityPackage + "/" + asset))
	return fmt.Sprintf("fileFormatVersion: 2\nguid: %x\n%s", sum[:16], unityImporter(asset, isFolder))
}

// metaEnd ends every importer's settings, as Unity writes them.
const metaEnd = "  userData: \n  assetBundleName: \n  assetBundleVariant: \n"

func unityImporter(asset string, isFolder bool) string {
	if isFolder {
		return "folderAsset: yes\nDefaultImporter:\n  externalObjects: {}\n" + metaEnd
	}
	for _, plugin := range unityPlugins {
		if plugin.file == asset {
			return plugin.importer()
		}
	}
	if asset == "package.json" {
		return "PackageManifestImporter:\n  externalObjects: {}\n" + metaEnd
	}
	switch path.Ext(asset) {
	case ".cs":
		return "MonoImporter:\n  externalObjects: {}\n  serializedVersion: 2\n  defaultReferences: []\n" +
			"  executionOrder: 0\n  icon: {instanceID: 0}\n" + metaEnd
	case ".asmdef":
		return "AssemblyDefinitionImporter:\n  externalObjects: {}\n" + metaEnd
	case ".md", ".xml":
		return "TextScriptImporter:\n  externalObjects: {}\n" + metaEnd
	}
	return "DefaultImporter:\n  externalObjects: {}\n" + metaEnd
}
