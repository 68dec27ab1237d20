#include "BanterMessageActions.h"

#include "BanterListeners.h"
#include "BanterSubsystem.h"

UBanterSendTextAction* UBanterSendTextAction::SendTextMessage(UObject* WorldContextObject, const FString& UserId, const FString& Text)
{
	UBanterSendTextAction* Action = NewObject<UBanterSendTextAction>();
	Action->WorldContext = WorldContextObject;
	Action->UserId = UserId;
	Action->Text = Text;
	Action->RegisterWithGameInstance(WorldContextObject);
	return Action;
}

void UBanterSendTextAction::Activate()
{
	if (UBanterSubsystem* Subsystem = UBanterSubsystem::Get(WorldContext))
	{
		Subsystem->SendText(UserId, Text, FBanterMessageDone::CreateUObject(this, &UBanterSendTextAction::Finish));
	}
	else
	{
		Finish(BanterListeners::Refused(banter::code::sdk_not_initialized), FBanterMessage());
	}
}

void UBanterSendTextAction::Finish(const FBanterResult& Result, const FBanterMessage& Message)
{
	(Result.IsOk() ? Succeeded : Failed).Broadcast(Result, Message);
	SetReadyToDestroy();
}

UBanterLoadOlderAction* UBanterLoadOlderAction::LoadOlderMessages(UObject* WorldContextObject, const FString& UserId, int32 Count, const FBanterMessage& Before)
{
	UBanterLoadOlderAction* Action = NewObject<UBanterLoadOlderAction>();
	Action->WorldContext = WorldContextObject;
	Action->UserId = UserId;
	Action->Count = Count;
	Action->Before = Before;
	Action->RegisterWithGameInstance(WorldContextObject);
	return Action;
}

void UBanterLoadOlderAction::Activate()
{
	if (UBanterSubsystem* Subsystem = UBanterSubsystem::Get(WorldContext))
	{
		Subsystem->LoadOlder(UserId, Count, Before, FBanterMessagesDone::CreateUObject(this, &UBanterLoadOlderAction::Finish));
	}
	else
	{
		Finish(BanterListeners::Refused(banter::code::sdk_not_initialized), TArray<FBanterMessage>());
	}
}

void UBanterLoadOlderAction::Finish(const FBanterResult& Result, const TArray<FBanterMessage>& Messages)
{
	(Result.IsOk() ? Succeeded : Failed).Broadcast(Result, Messages);
	SetReadyToDestroy();
}
