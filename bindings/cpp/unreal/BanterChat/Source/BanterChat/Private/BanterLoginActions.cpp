#include "BanterLoginActions.h"

#include "BanterListeners.h"
#include "BanterSubsystem.h"

FBanterDone UBanterAction::Answer()
{
	return FBanterDone::CreateUObject(this, &UBanterAction::Finish); // holds the node weakly
}

void UBanterAction::FailWithoutSubsystem()
{
	Finish(BanterListeners::Refused(banter::code::sdk_not_initialized));
}

void UBanterAction::Finish(const FBanterResult& Result)
{
	(Result.IsOk() ? Succeeded : Failed).Broadcast(Result);
	SetReadyToDestroy();
}

UBanterLoginAction* UBanterLoginAction::BanterLogin(UObject* WorldContextObject, const FString& UserId, const FString& UserSig)
{
	UBanterLoginAction* Action = NewObject<UBanterLoginAction>();
	Action->WorldContext = WorldContextObject;
	Action->UserId = UserId;
	Action->UserSig = UserSig;
	Action->RegisterWithGameInstance(WorldContextObject);
	return Action;
}

void UBanterLoginAction::Activate()
{
	if (UBanterSubsystem* Subsystem = UBanterSubsystem::Get(WorldContext))
	{
		Subsystem->Login(UserId, UserSig, Answer());
	}
	else
	{
		FailWithoutSubsystem();
	}
	UserSig.Empty();
}

UBanterLogoutAction* UBanterLogoutAction::BanterLogout(UObject* WorldContextObject)
{
	UBanterLogoutAction* Action = NewObject<UBanterLogoutAction>();
	Action->WorldContext = WorldContextObject;
	Action->RegisterWithGameInstance(WorldContextObject);
	return Action;
}

void UBanterLogoutAction::Activate()
{
	if (UBanterSubsystem* Subsystem = UBanterSubsystem::Get(WorldContext))
	{
		Subsystem->Logout(Answer());
	}
	else
	{
		FailWithoutSubsystem();
	}
}
