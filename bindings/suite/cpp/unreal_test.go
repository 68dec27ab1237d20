package cpp

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The Unreal plugin, without the engine: unreal_stubs has the signatures that it uses, and
// lets its subsystem and nodes run against a real server.

// engineHeaders are the headers of the engine that the plugin may include.
var engineHeaders = []string{"Containers/Ticker.h", "CoreMinimal.h", "Engine/DeveloperSettings.h", "Engine/Engine.h",
	"Engine/GameInstance.h", "Engine/World.h", "HAL/PlatformProcess.h", "Interfaces/IPluginManager.h",
	"Kismet/BlueprintAsyncActionBase.h", "Misc/AutomationTest.h", "Misc/CoreMisc.h", "Misc/Paths.h", "Modules/ModuleInterface.h",
	"Modules/ModuleManager.h", "Subsystems/GameInstanceSubsystem.h", "UObject/WeakObjectPtr.h"}

// widgetHeaders are those that the sample may include too.
var widgetHeaders = []string{"Blueprint/UserWidget.h", "Blueprint/WidgetTree.h", "Components/Button.h", "Components/EditableTextBox.h",
	"Components/ScrollBox.h", "Components/TextBlock.h", "Types/SlateEnums.h"}

var (
	includeLine = regexp.MustCompile(`(?m)^#include "(.+)"$`)
	bodyOwner   = regexp.MustCompile(`^(?:class|struct) \w+_API (\w+)(?: : public (\w+))?$`)
)

// plugin returns the paths of the plugin's files that match a pattern below Source.
func plugin(t *testing.T, patterns ...string) []string {
	t.Helper()
	var files []string
	for _, pattern := range patterns {
		found, err := filepath.Glob(binding(t, "unreal", "BanterChat", "Source", pattern))
		require.NoError(t, err)
		require.NotEmpty(t, found, pattern)
		files = append(files, found...)
	}
	return files
}

// fakeEngine makes a folder with the headers that the engine and its header tool would have.
func fakeEngine(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range engineHeaders {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte("#include \"unreal.h\"\n"), 0o600))
	}
	for _, name := range widgetHeaders {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte("#include \"umg.h\"\n"), 0o600))
	}
	for _, header := range plugin(t, "*/Public/*.h") {
		text, err := os.ReadFile(header)
		require.NoError(t, err)
		name := strings.TrimSuffix(filepath.Base(header), ".h")
		path := filepath.Join(dir, name+".generated.h")
		require.NoError(t, os.WriteFile(path, []byte(generatedHeader(name, string(text))), 0o600))
	}
	return dir
}

// generatedHeader is what the engine's header tool would make of a header: a macro for each
// GENERATED_BODY, which is told by its line.
func generatedHeader(name, text string) string {
	made := fmt.Sprintf("#undef CURRENT_FILE_ID\n#define CURRENT_FILE_ID FID_%s\n", name)
	super := ""
	for i, line := range strings.Split(text, "\n") {
		if owner := bodyOwner.FindStringSubmatch(line); owner != nil {
			super = ""
			if owner[2] != "" {
				super = "public: using Super = " + owner[2] + "; private:"
			}
		}
		if strings.TrimSpace(line) == "GENERATED_BODY()" {
			made += fmt.Sprintf("#define FID_%s_%d_GENERATED_BODY %s\n", name, i+1, super)
		}
	}
	return made
}

func TestUnrealPluginRunsOnStubs(t *testing.T) {
	has(t, "g++")
	source := binding(t, "unreal", "BanterChat", "Source")
	flags := []string{"-std=c++17", "-O0", "-g", "-fno-exceptions", "-fno-rtti", "-Wall", "-Wextra", "-Werror",
		"-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-DBANTERCHAT_API=", "-DBANTERCHATSAMPLE_API=", "-I" + fakeEngine(t),
		"-Iunreal_stubs", "-I" + filepath.Join(source, "BanterChat", "Public"),
		"-I" + filepath.Join(source, "BanterChatSample", "Public"), "-I" + binding(t, "include"),
		"-I" + filepath.Join(product(t), "include")}
	sources := append(plugin(t, "*/Private/*.cpp"), "unreal_stubs/play.cpp", "unreal_stubs/play_chat.cpp")
	dir, lib := t.TempDir(), filepath.Join(product(t), "lib")
	objects := compileAll(t, dir, flags, sources)
	program := filepath.Join(dir, "play")
	run(t, ".", nil, "g++", append(append(slices.Clone(flags), objects...), "-o", program, "-L"+lib, "-Wl,-rpath,"+lib,
		"-lImSDK", "-ldl", "-lpthread")...)

	server, now := startServer(t), time.Now()
	tickets := []string{server.Ticket("alice", now, hour), server.Ticket("alice", now.Add(time.Second), hour),
		server.Ticket("alice", now, 20*time.Second), server.Ticket("bob", now, hour)}
	out := run(t, dir, nil, program, append(append([]string{lib}, arguments(t, server)...), tickets...)...)
	assert.Contains(t, out, "The Banter library was not found", "the log category is used")
	for _, ticket := range tickets {
		assert.NotContains(t, out, ticket[:20], "no ticket is logged")
	}
}

func TestUnrealPluginIncludesWhatTheEngineHas(t *testing.T) {
	own := map[string]bool{"banter/client.hpp": true}
	files := plugin(t, "*/Private/*.cpp", "*/Private/*.h", "*/Public/*.h")
	for _, file := range files {
		own[filepath.Base(file)] = true
		own[strings.TrimSuffix(filepath.Base(file), ".h")+".generated.h"] = strings.HasSuffix(file, ".h")
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, include := range includeLine.FindAllStringSubmatch(string(text), -1) {
			assert.True(t, own[include[1]] || slices.Contains(slices.Concat(engineHeaders, widgetHeaders), include[1]), "%s: %s", filepath.Base(file), include[1])
		}
		if strings.Contains(string(text), "GENERATED_BODY()") {
			all := includeLine.FindAllStringSubmatch(string(text), -1)
			assert.True(t, strings.HasSuffix(all[len(all)-1][1], ".generated.h"), "%s: the generated header goes last", file)
		}
	}
}

func TestUnrealPluginDescription(t *testing.T) {
	data, err := os.ReadFile(binding(t, "unreal", "BanterChat", "BanterChat.uplugin"))
	require.NoError(t, err)
	var description struct {
		VersionName      string
		EnabledByDefault *bool
		Modules          []struct {
			Name, Type        string
			PlatformAllowList []string
		}
	}
	require.NoError(t, json.Unmarshal(data, &description))
	assert.Equal(t, version(t), description.VersionName)
	require.NotNil(t, description.EnabledByDefault)
	assert.False(t, *description.EnabledByDefault)
	require.Len(t, description.Modules, 3)
	for _, module := range description.Modules {
		assert.FileExists(t, binding(t, "unreal", "BanterChat", "Source", module.Name, module.Name+".Build.cs"))
		assert.Equal(t, []string{"Win64", "Linux", "LinuxArm64"}, module.PlatformAllowList)
	}
}

func TestUnrealBuildRules(t *testing.T) {
	has(t, "mcs", "mono")
	program := filepath.Join(t.TempDir(), "rules.exe")
	rules := plugin(t, "*/*.Build.cs", "ThirdParty/*/*.Build.cs")
	require.Len(t, rules, 4)
	run(t, ".", nil, "mcs", append([]string{"-warnaserror", "-out:" + program, "unreal_stubs/UnrealBuildTool.cs"}, rules...)...)
	want := `Win64 links /plugin/lib/Win64/ImSDK.lib ships /plugin/lib/Win64/ImSDK.dll
Linux links /plugin/lib/Linux/libImSDK.so ships /plugin/lib/Linux/libImSDK.so
LinuxArm64 links /plugin/lib/LinuxArm64/libImSDK.so ships /plugin/lib/LinuxArm64/libImSDK.so
Mac: BanterChat has no library for Mac
`
	assert.Equal(t, want, run(t, ".", nil, "mono", program))
}
