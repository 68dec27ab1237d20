#include "BanterSubsystem.h"

#include "BanterChatModule.h"
#include "BanterListeners.h"
#include "BanterSettings.h"
#include "BanterText.h"
#include "BanterValues.h"
#include "Engine/Engine.h"
#include "Engine/GameInstance.h"
#include "Engine/World.h"
#include "Misc/CoreMisc.h"
#include "Misc/Paths.h"

namespace
{
banter::Config ConfigOf(const UBanterSettings& Settings, int64 AppId, const FString& ServerUrl)
{
	banter::Config Config;
	Config.app_id = static_cast<std::uint64_t>(AppId != 0 ? AppId : Settings.AppId);
	Config.server_url = BanterText::ToNative(ServerUrl.IsEmpty() ? Settings.ServerUrl : ServerUrl);
	Config.allow_plaintext = Settings.bAllowPlaintext;
	Config.mode = banter::CallbackMode::pump; // no thread of the library runs code of the game
	Config.config_path = BanterText::ToNative(
		FPaths::ConvertRelativePathToFull(FPaths::Combine(FPaths::ProjectSavedDir(), TEXT("Banter"))));
	return Config;
}
} // namespace

void UBanterSubsystem::Initialize(FSubsystemCollectionBase& Collection)
{
	Super::Initialize(Collection);
	const UBanterSettings* Settings = GetDefault<UBanterSettings>();
	const bool bWanted = IsRunningDedicatedServer() ? Settings->bStartOnDedicatedServer : Settings->bStartWithGame;
	if (bWanted && Settings->AppId != 0)
	{
		Start();
	}
}

void UBanterSubsystem::Deinitialize()
{
	Stop();
	Super::Deinitialize();
}

UBanterSubsystem* UBanterSubsystem::Get(const UObject* WorldContextObject)
{
	const UWorld* World = GEngine ? GEngine->GetWorldFromContextObject(WorldContextObject, EGetWorldErrorMode::LogAndReturnNull) : nullptr;
	const UGameInstance* GameInstance = World ? World->GetGameInstance() : nullptr;
	return GameInstance ? GameInstance->GetSubsystem<UBanterSubsystem>() : nullptr;
}

bool UBanterSubsystem::Start(int64 AppId, const FString& ServerUrl)
{
	if (Client.IsValid())
	{
		return true;
	}
	if (!FBanterChatModule::IsLibraryLoaded())
	{
		return false; // the module has told why
	}
	const UBanterSettings* Settings = GetDefault<UBanterSettings>();
	banter::Listeners On = BanterListeners::Of(this);
	if (!Settings->bShowLibraryLog)
	{
		On.log = nullptr;
	}
	On.fetch_ticket = [Weak = TWeakObjectPtr<UBanterSubsystem>(this)](const std::string& UserId, banter::TicketReply Reply)
	{
		if (UBanterSubsystem* Subsystem = Weak.Get())
		{
			Subsystem->FetchTicket.ExecuteIfBound(BanterText::FromNative(UserId),
				[Reply = MoveTemp(Reply)](const FString& UserSig) { Reply(BanterText::ToNative(UserSig)); });
		}
	};
	int Refusal = 0;
	Client = MakeShareable(banter::Client::create(ConfigOf(*Settings, AppId, ServerUrl), MoveTemp(On), &Refusal).release());
	if (!Client.IsValid())
	{
		UE_LOG(LogBanter, Error, TEXT("The client cannot start (%d): look at the app id and the server's address."), Refusal);
		return false;
	}
	BanterListeners::Chat(*Client, this);
	Ticker = FTSTicker::GetCoreTicker().AddTicker(FTickerDelegate::CreateWeakLambda(this, [this](float) { return Pump(); }));
	return true;
}

void UBanterSubsystem::Stop()
{
	FTSTicker::GetCoreTicker().RemoveTicker(Ticker);
	Ticker.Reset();
	Client.Reset();
}

bool UBanterSubsystem::Pump()
{
	// A handler may stop the client, or end the game instance: the client lives until pump is through.
	const TSharedPtr<banter::Client> Held = Client;
	if (!Held.IsValid())
	{
		return false;
	}
	Held->pump(static_cast<unsigned>(FMath::Max(0, GetDefault<UBanterSettings>()->PumpBudgetMicroseconds)));
	return true;
}

bool UBanterSubsystem::IsStarted() const
{
	return Client.IsValid();
}

EBanterLoginStatus UBanterSubsystem::GetLoginStatus() const
{
	return Client.IsValid() ? BanterListeners::LoginStatus(Client->login_status()) : EBanterLoginStatus::LoggedOut;
}

FString UBanterSubsystem::GetLoginUserId() const
{
	return Client.IsValid() ? BanterText::FromNative(Client->login_user_id()) : FString();
}

void UBanterSubsystem::Login(const FString& UserId, const FString& UserSig, FBanterDone Done)
{
	int Result = banter::code::sdk_not_initialized;
	if (Client.IsValid())
	{
		Result = Client->login(BanterText::ToNative(UserId), BanterText::ToNative(UserSig),
			[Weak = TWeakObjectPtr<UBanterSubsystem>(this), Answer = BanterListeners::WhileAlive(this, Done)](const banter::Result& Native)
			{
				UBanterSubsystem* Subsystem = Weak.Get();
				if (Native.ok() && Subsystem)
				{
					Subsystem->WatchTotalUnread();
				}
				Answer(Native);
			});
	}
	if (Result != TIM_SUCC)
	{
		Done.ExecuteIfBound(BanterListeners::Refused(Result));
	}
}

void UBanterSubsystem::Logout(FBanterDone Done)
{
	int Result = banter::code::sdk_not_initialized;
	if (Client.IsValid())
	{
		Result = Client->logout(BanterListeners::WhileAlive(this, Done));
	}
	if (Result != TIM_SUCC)
	{
		Done.ExecuteIfBound(BanterListeners::Refused(Result));
	}
}

void UBanterSubsystem::SetTicketProvider(FBanterFetchTicket Provider)
{
	FetchTicket = MoveTemp(Provider);
}
