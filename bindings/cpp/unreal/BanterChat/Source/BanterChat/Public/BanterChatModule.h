#pragma once

#include "CoreMinimal.h"
#include "Modules/ModuleInterface.h"

BANTERCHAT_API DECLARE_LOG_CATEGORY_EXTERN(LogBanter, Log, All);

/** Loads the library. It stays loaded until the process ends: its threads outlive what unloads it. */
class BANTERCHAT_API FBanterChatModule : public IModuleInterface
{
public:
	virtual void StartupModule() override;

	/** Says whether the library was loaded. Without it no client can start. */
	static bool IsLibraryLoaded();
};
