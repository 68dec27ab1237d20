#pragma once

#include "CoreMinimal.h"
#include "BanterTypes.h"
#include "Kismet/BlueprintAsyncActionBase.h"

#include "BanterLoginActions.generated.h"

/** What the nodes below share: they end once, with one of two pins. */
UCLASS(Abstract)
class BANTERCHAT_API UBanterAction : public UBlueprintAsyncActionBase
{
	GENERATED_BODY()

public:
	UPROPERTY(BlueprintAssignable)
	FBanterOutcome Succeeded;

	UPROPERTY(BlueprintAssignable)
	FBanterOutcome Failed;

protected:
	/** Answers with a pin as soon as the call is through, unless the node is gone by then. */
	FBanterDone Answer();

	/** Answers for a world that has no subsystem. */
	void FailWithoutSubsystem();

	UPROPERTY()
	TObjectPtr<UObject> WorldContext;

private:
	void Finish(const FBanterResult& Result);
};

/** Logs a user in. */
UCLASS()
class BANTERCHAT_API UBanterLoginAction : public UBanterAction
{
	GENERATED_BODY()

public:
	/** Logs in with a ticket that your own server made. */
	UFUNCTION(BlueprintCallable, Category = "Banter", meta = (BlueprintInternalUseOnly = "true", WorldContext = "WorldContextObject", DisplayName = "Banter Login"))
	static UBanterLoginAction* BanterLogin(UObject* WorldContextObject, const FString& UserId, const FString& UserSig);

	virtual void Activate() override;

private:
	FString UserId;
	FString UserSig;
};

/** Logs the user out. */
UCLASS()
class BANTERCHAT_API UBanterLogoutAction : public UBanterAction
{
	GENERATED_BODY()

public:
	UFUNCTION(BlueprintCallable, Category = "Banter", meta = (BlueprintInternalUseOnly = "true", WorldContext = "WorldContextObject", DisplayName = "Banter Logout"))
	static UBanterLogoutAction* BanterLogout(UObject* WorldContextObject);

	virtual void Activate() override;
};
