#pragma once

#include "CoreMinimal.h"
#include "BanterMessages.h"
#include "Kismet/BlueprintAsyncActionBase.h"

#include "BanterMessageActions.generated.h"

/** Sends a text to a user. */
UCLASS()
class BANTERCHAT_API UBanterSendTextAction : public UBlueprintAsyncActionBase
{
	GENERATED_BODY()

public:
	/** Sends a text. Without a link it waits for one, for 30 seconds. */
	UFUNCTION(BlueprintCallable, Category = "Banter", meta = (BlueprintInternalUseOnly = "true", WorldContext = "WorldContextObject", DisplayName = "Send Text Message"))
	static UBanterSendTextAction* SendTextMessage(UObject* WorldContextObject, const FString& UserId, const FString& Text);

	virtual void Activate() override;

	/** The message as the server has it. */
	UPROPERTY(BlueprintAssignable)
	FBanterMessageOutcome Succeeded;

	UPROPERTY(BlueprintAssignable)
	FBanterMessageOutcome Failed;

private:
	void Finish(const FBanterResult& Result, const FBanterMessage& Message);

	UPROPERTY()
	TObjectPtr<UObject> WorldContext;

	FString UserId;
	FString Text;
};

/** Reads the history of the conversation with a user. */
UCLASS()
class BANTERCHAT_API UBanterLoadOlderAction : public UBlueprintAsyncActionBase
{
	GENERATED_BODY()

public:
	/** Loads Count messages that are older than Before, newest first; without Before the newest ones. Fewer are the oldest there are. */
	UFUNCTION(BlueprintCallable, Category = "Banter", meta = (BlueprintInternalUseOnly = "true", WorldContext = "WorldContextObject", DisplayName = "Load Older Messages", AutoCreateRefTerm = "Before"))
	static UBanterLoadOlderAction* LoadOlderMessages(UObject* WorldContextObject, const FString& UserId, int32 Count, const FBanterMessage& Before);

	virtual void Activate() override;

	UPROPERTY(BlueprintAssignable)
	FBanterMessagesOutcome Succeeded;

	UPROPERTY(BlueprintAssignable)
	FBanterMessagesOutcome Failed;

private:
	void Finish(const FBanterResult& Result, const TArray<FBanterMessage>& Messages);

	UPROPERTY()
	TObjectPtr<UObject> WorldContext;

	FString UserId;
	int32 Count = 0;
	FBanterMessage Before;
};
