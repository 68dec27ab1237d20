#pragma once

#include "CoreMinimal.h"
#include "Engine/DeveloperSettings.h"

#include "BanterSettings.generated.h"

/** Project Settings > Plugins > Banter Chat. A ticket is no setting: only your own server makes tickets. */
UCLASS(config = Game, defaultconfig, meta = (DisplayName = "Banter Chat"))
class BANTERCHAT_API UBanterSettings : public UDeveloperSettings
{
	GENERATED_BODY()

public:
	virtual FName GetCategoryName() const override;

	/** The app's number, as the server has it. 0: no client starts by itself. */
	UPROPERTY(config, EditAnywhere, Category = "Server")
	int64 AppId = 0;

	/** wss://host:port, or ws:// for a server on this machine. */
	UPROPERTY(config, EditAnywhere, Category = "Server")
	FString ServerUrl;

	/** ws:// to other machines too: for tests in your own network. */
	UPROPERTY(config, EditAnywhere, Category = "Server")
	bool bAllowPlaintext = false;

	/** Start a client with each game instance. Without it, call Start. */
	UPROPERTY(config, EditAnywhere, Category = "Client")
	bool bStartWithGame = true;

	/** The same on a dedicated server, which has no player to log in: for its own account, if it has one. */
	UPROPERTY(config, EditAnywhere, Category = "Client")
	bool bStartOnDedicatedServer = false;

	/** No handler is started when so many microseconds of a frame have passed; 0: all that wait are run. */
	UPROPERTY(config, EditAnywhere, Category = "Client", meta = (ClampMin = 0))
	int32 PumpBudgetMicroseconds = 1000;

	/** Show the library's log under LogBanter. It holds no tickets and no messages. */
	UPROPERTY(config, EditAnywhere, Category = "Client")
	bool bShowLibraryLog = false;
};
