#include "BanterChatModule.h"

#include "HAL/PlatformProcess.h"
#include "Interfaces/IPluginManager.h"
#include "Misc/Paths.h"
#include "Modules/ModuleManager.h"

DEFINE_LOG_CATEGORY(LogBanter);

namespace
{
bool bLibraryLoaded = false;

/** Where the build put the library: beside the plugin's module in the editor, else beside the game. */
FString FindLibrary()
{
#if PLATFORM_WINDOWS
	const FString Name = TEXT("ImSDK.dll");
#else
	const FString Name = TEXT("libImSDK.so");
#endif
	TArray<FString> Folders;
	if (const TSharedPtr<IPlugin> Plugin = IPluginManager::Get().FindPlugin(TEXT("BanterChat")))
	{
		Folders.Add(FPaths::Combine(Plugin->GetBaseDir(), TEXT("Binaries"), FPlatformProcess::GetBinariesSubdirectory()));
	}
	Folders.Add(FPlatformProcess::BaseDir());
	for (const FString& Folder : Folders)
	{
		const FString Path = FPaths::ConvertRelativePathToFull(FPaths::Combine(Folder, Name));
		if (FPaths::FileExists(Path))
		{
			return Path;
		}
	}
	return FString();
}
} // namespace

void FBanterChatModule::StartupModule()
{
	const FString Path = FindLibrary();
	// The handle is kept by the process: the library is never freed.
	bLibraryLoaded = !Path.IsEmpty() && FPlatformProcess::GetDllHandle(*Path) != nullptr;
	if (!bLibraryLoaded)
	{
		UE_LOG(LogBanter, Error, TEXT("The Banter library was not found or cannot be loaded (%s): there is no chat."), *Path);
	}
}

bool FBanterChatModule::IsLibraryLoaded()
{
	return bLibraryLoaded;
}

IMPLEMENT_MODULE(FBanterChatModule, BanterChat)
