using System.IO;
using UnrealBuildTool;

/// <summary>
/// The library as it was built outside the engine: include/ has the headers, lib/(platform) the files.
/// </summary>
public class BanterImSDK : ModuleRules
{
	public BanterImSDK(ReadOnlyTargetRules Target) : base(Target)
	{
		Type = ModuleType.External;
		PublicSystemIncludePaths.Add(Path.Combine(ModuleDirectory, "include"));

		string Files = Path.Combine(ModuleDirectory, "lib", Target.Platform.ToString());
		if (Target.Platform == UnrealTargetPlatform.Win64)
		{
			// Loaded by BanterChat with its full path, before the first call looks for it.
			PublicAdditionalLibraries.Add(Path.Combine(Files, "ImSDK.lib"));
			PublicDelayLoadDLLs.Add("ImSDK.dll");
			RuntimeDependencies.Add("$(BinaryOutputDir)/ImSDK.dll", Path.Combine(Files, "ImSDK.dll"));
		}
		else if (Target.Platform == UnrealTargetPlatform.Linux || Target.Platform == UnrealTargetPlatform.LinuxArm64)
		{
			PublicAdditionalLibraries.Add(Path.Combine(Files, "libImSDK.so"));
			PublicRuntimeLibraryPaths.Add("$(BinaryOutputDir)");
			RuntimeDependencies.Add("$(BinaryOutputDir)/libImSDK.so", Path.Combine(Files, "libImSDK.so"));
		}
		else
		{
			throw new BuildException("BanterChat has no library for " + Target.Platform);
		}
	}
}
