using UnrealBuildTool;

/// <summary>Automation tests. They are left out of shipping builds, as their module's type says.</summary>
public class BanterChatTests : ModuleRules
{
	public BanterChatTests(ReadOnlyTargetRules Target) : base(Target)
	{
		PCHUsage = PCHUsageMode.UseExplicitOrSharedPCHs;
		PrivateDependencyModuleNames.AddRange(new string[] { "Core", "CoreUObject", "Engine", "BanterChat" });
	}
}
