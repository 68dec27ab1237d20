package main

import (
	"fmt"
	"strings"
)

// unityPlugin is a library of the Unity package, below the name that
// scripts/build or build/recipes has for its platform.
type unityPlugin struct {
	file     string // in the package
	target   string // Unity's name of the players' platform, as in its .meta files
	cpu      string // of the players
	editorOS string // the editor that loads it; "" for none
	settings string // what the platform has beside the CPU
}

// unityPlugins are those of every platform. Not every release has all of them. A library
// for Linux or Windows is that of a dedicated server too: Unity has no settings of its own
// for one.
var unityPlugins = []unityPlugin{
	{"Runtime/Plugins/windows-amd64/ImSDK.dll", "Standalone: Win64", "x86_64", "Windows", ""},
	{"Runtime/Plugins/linux-amd64/libImSDK.so", "Standalone: Linux64", "x86_64", "Linux", ""},
	{"Runtime/Plugins/linux-arm64/libImSDK.so", "Standalone: Linux64", "ARM64", "", ""},
	{"Runtime/Plugins/android-arm64/libImSDK.so", "Android: Android", "ARM64", "", ""},
	{"Runtime/Plugins/android-amd64/libImSDK.so", "Android: Android", "X86_64", "", ""},
	{"Runtime/Plugins/macos/libImSDKForMac_C.dylib", "Standalone: OSXUniversal", "AnyCPU", "OSX", ""},
	{"Runtime/Plugins/ios/libImSDK.a", "iPhone: iOS", "ARM64", "",
		"        AddToEmbeddedBinaries: false\n        CompileFlags: \n        FrameworkDependencies: Security;CoreFoundation;\n"},
}

// unityTargets are the platforms that a plugin can be kept from.
var unityTargets = []string{"Android: Android", "Standalone: Linux64", "Standalone: OSXUniversal", "Standalone: Win64", "iPhone: iOS"}

// importer is the plugin's part of its .meta: it is for its own platform and editor alone.
func (p unityPlugin) importer() string {
	var out strings.Builder
	out.WriteString("PluginImporter:\n  externalObjects: {}\n  serializedVersion: 2\n  iconMap: {}\n  executionOrder: {}\n" +
		"  defineConstraints: []\n  isPreloaded: 0\n  isOverridable: 0\n  isExplicitlyReferenced: 0\n  validateReferences: 1\n" +
		"  platformData:\n  - first:\n      : Any\n    second:\n      enabled: 0\n      settings:\n")
	fmt.Fprintf(&out, "        Exclude Editor: %d\n", bit(p.editorOS == ""))
	for _, target := range unityTargets {
		_, name, _ := strings.Cut(target, ": ")
		fmt.Fprintf(&out, "        Exclude %s: %d\n", name, bit(target != p.target))
	}
	out.WriteString("        Exclude WebGL: 1\n        Exclude Win: 1\n")
	out.WriteString("  - first:\n      Any: \n    second:\n      enabled: 0\n      settings: {}\n")
	if p.editorOS == "" {
		out.WriteString("  - first:\n      Editor: Editor\n    second:\n      enabled: 0\n" +
			"      settings:\n        DefaultValueInitialized: true\n")
	} else {
		fmt.Fprintf(&out, "  - first:\n      Editor: Editor\n    second:\n      enabled: 1\n"+
			"      settings:\n        CPU: %s\n        DefaultValueInitialized: true\n        OS: %s\n", p.cpu, p.editorOS)
	}
	for _, target := range unityTargets {
		if target == p.target {
			fmt.Fprintf(&out, "  - first:\n      %s\n    second:\n      enabled: 1\n      settings:\n        CPU: %s\n%s",
				target, p.cpu, p.settings)
		} else {
			fmt.Fprintf(&out, "  - first:\n      %s\n    second:\n      enabled: 0\n      settings:\n        CPU: None\n", target)
		}
	}
	return out.String() + metaEnd
}

func bit(set bool) int {
	if set {
		return 1
	}
	return 0
}
