// The signatures of the engine's build tool that the plugin's .Build.cs files use.
using System;
using System.Collections.Generic;

namespace UnrealBuildTool
{
	public class BuildException : Exception
	{
		public BuildException(string message) : base(message) { }
	}

	public struct UnrealTargetPlatform
	{
		readonly string name;
		UnrealTargetPlatform(string name) { this.name = name; }
		public static readonly UnrealTargetPlatform Win64 = new UnrealTargetPlatform("Win64");
		public static readonly UnrealTargetPlatform Linux = new UnrealTargetPlatform("Linux");
		public static readonly UnrealTargetPlatform LinuxArm64 = new UnrealTargetPlatform("LinuxArm64");
		public static readonly UnrealTargetPlatform Mac = new UnrealTargetPlatform("Mac");
		public static bool operator ==(UnrealTargetPlatform a, UnrealTargetPlatform b) { return a.name == b.name; }
		public static bool operator !=(UnrealTargetPlatform a, UnrealTargetPlatform b) { return a.name != b.name; }
		public override bool Equals(object other) { return other is UnrealTargetPlatform && this == (UnrealTargetPlatform)other; }
		public override int GetHashCode() { return name.GetHashCode(); }
		public override string ToString() { return name; }
	}

	public class ReadOnlyTargetRules
	{
		public UnrealTargetPlatform Platform;
	}

	public class RuntimeDependencyList
	{
		public readonly List<string> Sources = new List<string>();
		public void Add(string target, string source) { Sources.Add(source); }
	}

	public class ModuleRules
	{
		public enum ModuleType { CPlusPlus, External }
		public enum PCHUsageMode { UseExplicitOrSharedPCHs }
		public ModuleType Type;
		public PCHUsageMode PCHUsage;
		public static string Folder;
		public string ModuleDirectory { get { return Folder; } }
		public List<string> PublicSystemIncludePaths = new List<string>();
		public List<string> PublicAdditionalLibraries = new List<string>();
		public List<string> PublicDelayLoadDLLs = new List<string>();
		public List<string> PublicRuntimeLibraryPaths = new List<string>();
		public List<string> PublicDependencyModuleNames = new List<string>();
		public List<string> PrivateDependencyModuleNames = new List<string>();
		public RuntimeDependencyList RuntimeDependencies = new RuntimeDependencyList();
		public ModuleRules(ReadOnlyTargetRules target) { }
	}
}

/// <summary>Says of each platform which files the library's module wants.</summary>
public static class Program
{
	public static void Main(string[] args)
	{
		UnrealBuildTool.ModuleRules.Folder = "/plugin";
		foreach (var platform in new[] { UnrealBuildTool.UnrealTargetPlatform.Win64, UnrealBuildTool.UnrealTargetPlatform.Linux,
			UnrealBuildTool.UnrealTargetPlatform.LinuxArm64, UnrealBuildTool.UnrealTargetPlatform.Mac })
		{
			var target = new UnrealBuildTool.ReadOnlyTargetRules { Platform = platform };
			new BanterChat(target);
			new BanterChatSample(target);
			new BanterChatTests(target);
			try
			{
				var library = new BanterImSDK(target);
				Console(platform + " links " + string.Join(" ", library.PublicAdditionalLibraries) +
					" ships " + string.Join(" ", library.RuntimeDependencies.Sources));
			}
			catch (UnrealBuildTool.BuildException refused)
			{
				Console(platform + ": " + refused.Message);
			}
		}
	}

	static void Console(string line) { System.Console.WriteLine(line); }
}
