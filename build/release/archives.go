package main

import "path/filepath"

// desktop are the platforms of the release, as scripts/build names them.
var desktop = []string{"linux-amd64", "linux-arm64", "windows-amd64"}

// unreal are the engine's names of the platforms.
var unreal = map[string]string{"linux-amd64": "Linux", "linux-arm64": "LinuxArm64", "windows-amd64": "Win64"}

// release is what the archives are made of.
type release struct {
	version string
	product func(platform string) string // the folder that scripts/build made
	cmake   func(platform string) string // the folder that the CMake package was installed to
	notices string                       // the licences of what is linked
	boms    string                       // the folder of the bills of materials
}

// archives lists the release's files: the engines' packages, the C and C++ package and
// the server of each platform.
func (r release) archives() []archive {
	list := []archive{r.unity(), r.unreal()}
	for _, platform := range desktop {
		list = append(list, r.cpp(platform), r.server(platform))
	}
	return list
}

// legal goes into every archive.
func (r release) legal() []part {
	return []part{{"LICENSE", ""}, {r.notices, "THIRD-PARTY-NOTICES"}}
}

// libraryBoms are the bills of materials of every platform's library.
func (r release) libraryBoms(to string) []part {
	var parts []part
	for _, platform := range desktop {
		parts = append(parts, part{filepath.Join(r.boms, "library-"+platform+".cdx.json"), to})
	}
	return parts
}

// unity is a package for Unity's package manager, which wants the folder "package".
func (r release) unity() archive {
	a := archive{name: "com.banter.chat-" + r.version + ".tgz", root: "package", metas: true, parts: []part{
		{"bindings/csharp", ""}, {r.notices, "Documentation~/"}}}
	for _, platform := range desktop {
		a.parts = append(a.parts, part{r.libraryFile(platform), "Runtime/Plugins/" + platform + "/"})
	}
	// Unity wants a .meta beside every file, but in a folder whose name ends with ~ it looks at none.
	a.parts = append(a.parts, r.libraryBoms("Documentation~/")...)
	return a
}

// unreal is a plugin to unpack into a project's folder Plugins.
func (r release) unreal() archive {
	a := archive{name: "BanterChat-" + r.version + "-unreal.zip", root: "BanterChat", parts: r.legal()}
	const files = "Source/ThirdParty/BanterImSDK/"
	a.parts = append(a.parts, part{"bindings/cpp/unreal/BanterChat", ""},
		part{filepath.Join(r.product("linux-amd64"), "include"), files + "include"},
		part{"bindings/cpp/include", files + "include"})
	a.parts = append(a.parts, r.libraryBoms("")...)
	for _, platform := range desktop {
		a.parts = append(a.parts, part{filepath.Join(r.product(platform), "lib"), files + "lib/" + unreal[platform]})
	}
	return a
}

// cpp is {include,lib,bin,lib/cmake/Banter,lib/pkgconfig} for one platform.
func (r release) cpp(platform string) archive {
	name := "banter-" + r.version + "-" + platform
	return archive{name: name + ".zip", root: name, parts: append(r.legal(), part{r.cmake(platform), ""},
		part{filepath.Join(r.boms, "library-"+platform+".cdx.json"), "library.cdx.json"})}
}

// server is the program with what an operator needs.
func (r release) server(platform string) archive {
	name := "banterd-" + r.version + "-" + platform
	return archive{name: name + ".tar.gz", root: name, parts: append(r.legal(),
		part{filepath.Join(r.product(platform), "bin"), "bin"},
		part{"README.md", ""},
		part{"docs", "docs"},
		part{"build/banterd.example.toml", ""},
		part{"build/banterd.service", ""},
		part{filepath.Join(r.boms, "banterd-"+platform+".cdx.json"), "banterd.cdx.json"})}
}

// libraryFile is the file that games load.
func (r release) libraryFile(platform string) string {
	name := "libImSDK.so"
	if platform == "windows-amd64" {
		name = "ImSDK.dll"
	}
	return filepath.Join(r.product(platform), "lib", name)
}
