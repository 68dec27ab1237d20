//go:build linux

package suite

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// unityGroups are the tests of programs/unity, each group in a process of its own.
var unityGroups = map[string]string{
	"playing": `PlayTests.StopsAndPlaysAgainInOneDomain PlayTests.WhatIsPendingAtTheEndFails PlayTests.AProgramThatQuitsEndsItsClients
		PlayTests.TheUpdaterStaysWhenScenesChange PlayTests.AFrameAllocatesNothing PlayTests.AClientThatWaitsConnectsWhenTheNetworkMayBeBack
		PlayTests.ToolsOfTheEditorArePumpedInEditMode PlayTests.AHandlerThatThrowsIsInTheConsole PlayTests.WithoutSettingsInitSaysWhatToDo`,
	"reloading domains": `PlayTests.PlaysAgainAfterADomainReload`,
	"the window": `WindowTests.ItsButtonsDoWhatHappensToPlayers WindowTests.ItCutsTheNetwork WindowTests.ItNeverShowsATicket
		WindowTests.AServerThatIsAwayIsNamed WindowTests.ProjectSettingsMakeTheAsset WindowTests.TheLinkerGetsThePackagesFile`,
	"the package": `PackageTests.ItsOwnTestsPass PackageTests.TheLoginSampleLogsIn PackageTests.TheChatSampleChats PackageTests.TheHeadlessServerEndsWhenItIsKicked
		PackageTests.TheHeadlessServerWantsATicket`,
}

func TestUnity(t *testing.T) {
	chosen := machines
	if os.Getenv("BANTER_LONG") == "" {
		chosen = machines[1:] // the collector that is like Unity's
	}
	for _, machine := range chosen {
		for name, tests := range unityGroups {
			t.Run(machine+" "+name, func(t *testing.T) {
				programs(t, machine)
				folder, err := unityProgram()
				require.NoError(t, err)
				t.Parallel()
				args := append([]string{describe(t, startServer(t)), t.TempDir(), "apart"}, strings.Fields(tests)...)
				out, err := command(t, machine, folder, unityTests, args...).CombinedOutput()
				assert.NoError(t, err, string(out))
				assert.Equal(t, len(strings.Fields(tests)), strings.Count("\n"+string(out), "\nPASS "), string(out))
				t.Logf("%s", out)
			})
		}
	}
}

func TestEveryUnityTestIsInAGroup(t *testing.T) {
	assertInGroups(t, "programs/unity/*Tests.cs", unityGroups)
}

// unityPlatforms are the symbols that Unity's compiler has for the builds that we support.
var unityPlatforms = map[string]string{
	"the editor on Windows": "UNITY_EDITOR;UNITY_EDITOR_WIN;UNITY_STANDALONE;UNITY_STANDALONE_WIN",
	"the editor on macOS":   "UNITY_EDITOR;UNITY_EDITOR_OSX;UNITY_ANDROID",
	"Windows":               "UNITY_STANDALONE;UNITY_STANDALONE_WIN;ENABLE_MONO",
	"a Linux server":        "UNITY_STANDALONE;UNITY_STANDALONE_LINUX;UNITY_SERVER;ENABLE_IL2CPP",
	"macOS":                 "UNITY_STANDALONE;UNITY_STANDALONE_OSX;ENABLE_IL2CPP",
	"iOS":                   "UNITY_IOS;ENABLE_IL2CPP",
	"Android":               "UNITY_ANDROID;ENABLE_IL2CPP",
}

// The library that each platform's build loads.
var unityLibraries = map[string]string{
	"the editor on Windows": "ImSDK", "Windows": "ImSDK", "a Linux server": "ImSDK", "Android": "ImSDK",
	"the editor on macOS": "libImSDKForMac_C", "macOS": "libImSDKForMac_C", "iOS": "__Internal",
}

func TestUnityCompilesForEveryPlatform(t *testing.T) {
	programs(t, "mono-sgen")
	stubs, err := unityProgram()
	require.NoError(t, err)
	for _, platform := range slices.Sorted(maps.Keys(unityPlatforms)) {
		t.Run(platform, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			require.NoError(t, compileUnity(folder, stubs, unityPlatforms[platform]))
			text, err := os.ReadFile(filepath.Join(folder, "Banter.dll"))
			require.NoError(t, err)
			for _, library := range []string{"ImSDK", "libImSDKForMac_C", "__Internal"} {
				named := strings.Contains(string(text), "\x00"+library+"\x00")
				assert.Equal(t, library == unityLibraries[platform], named, library)
			}
		})
	}
}

func TestUnityRefusesWebGL(t *testing.T) {
	programs(t, "mono-sgen")
	stubs, err := unityProgram()
	require.NoError(t, err)
	err = compileUnity(t.TempDir(), stubs, "UNITY_WEBGL")
	assert.ErrorContains(t, err, "Banter does not run in WebGL: it needs threads and sockets")
}
