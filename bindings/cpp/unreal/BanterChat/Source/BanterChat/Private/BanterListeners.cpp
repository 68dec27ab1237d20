#include "BanterListeners.h"

#include "BanterChatModule.h"
#include "BanterRaise.h"
#include "BanterText.h"

namespace
{
EBanterAdvice AdviceOf(banter::Advice Native)
{
	switch (Native)
	{
	case banter::Advice::none:
		return EBanterAdvice::None;
	case banter::Advice::try_again:
		return EBanterAdvice::TryAgain;
	case banter::Advice::new_ticket:
		return EBanterAdvice::NewTicket;
	default:
		return EBanterAdvice::Stop;
	}
}

EBanterNetworkStatus NetworkStatusOf(banter::NetworkStatus Native)
{
	switch (Native)
	{
	case banter::NetworkStatus::Connected:
		return EBanterNetworkStatus::Connected;
	case banter::NetworkStatus::Connecting:
		return EBanterNetworkStatus::Connecting;
	case banter::NetworkStatus::ConnectFailed:
		return EBanterNetworkStatus::ConnectFailed;
	default:
		return EBanterNetworkStatus::Disconnected;
	}
}

EBanterKickReason KickReasonOf(banter::KickReason Native)
{
	switch (Native)
	{
	case banter::KickReason::other_device:
		return EBanterKickReason::OtherDevice;
	case banter::KickReason::admin:
		return EBanterKickReason::Admin;
	case banter::KickReason::ticket_revoked:
		return EBanterKickReason::TicketRevoked;
	case banter::KickReason::account_deleted:
		return EBanterKickReason::AccountDeleted;
	default:
		return EBanterKickReason::Unknown;
	}
}

void ShowLog(banter::LogLevel Level, std::string_view Line)
{
	const FString Text = BanterText::FromNative(Line);
	if (Level >= banter::LogLevel::Error)
	{
		UE_LOG(LogBanter, Error, TEXT("%s"), *Text);
	}
	else if (Level == banter::LogLevel::Warn)
	{
		UE_LOG(LogBanter, Warning, TEXT("%s"), *Text);
	}
	else
	{
		UE_LOG(LogBanter, Log, TEXT("%s"), *Text);
	}
}
} // namespace

namespace BanterListeners
{
banter::Listeners Of(UBanterSubsystem* Subsystem)
{
	const TWeakObjectPtr<UBanterSubsystem> Owner(Subsystem);
	banter::Listeners On;
	On.network = [Owner](banter::NetworkStatus Status, std::int32_t Code, std::string_view Description)
	{
		Raise(Owner, &UBanterSubsystem::OnNetworkChanged, &UBanterSubsystem::OnNetworkChangedNative, NetworkStatusOf(Status),
			static_cast<int32>(Code), BanterText::FromNative(Description));
	};
	On.kicked = [Owner](const banter::Kick& Kick)
	{
		Raise(Owner, &UBanterSubsystem::OnKicked, &UBanterSubsystem::OnKickedNative, KickReasonOf(Kick.reason));
	};
	On.usersig_expired = [Owner]
	{
		Raise(Owner, &UBanterSubsystem::OnUserSigExpired, &UBanterSubsystem::OnUserSigExpiredNative);
	};
	On.usersig_expiring = [Owner](std::int64_t Seconds)
	{
		Raise(Owner, &UBanterSubsystem::OnUserSigExpiring, &UBanterSubsystem::OnUserSigExpiringNative, static_cast<int32>(Seconds));
	};
	On.log = ShowLog;
	return On;
}

FBanterResult Result(const banter::Result& Native)
{
	FBanterResult Copy;
	Copy.Code = Native.code;
	Copy.Description = BanterText::FromNative(Native.desc);
	Copy.Json = BanterText::FromNative(Native.json);
	Copy.Advice = AdviceOf(Native.advice());
	return Copy;
}

banter::Handler WhileAlive(UBanterSubsystem* Owner, FBanterDone Done)
{
	return [Weak = TWeakObjectPtr<UBanterSubsystem>(Owner), Done = MoveTemp(Done)](const banter::Result& Native)
	{
		if (Weak.IsValid())
		{
			Done.ExecuteIfBound(Result(Native));
		}
	};
}

FBanterResult Refused(int32 Code)
{
	FBanterResult Result;
	Result.Code = Code;
	Result.Description = Code == banter::code::sdk_not_initialized ? TEXT("the client is not started") : TEXT("the call was refused");
	Result.Advice = EBanterAdvice::Stop;
	return Result;
}

EBanterLoginStatus LoginStatus(banter::LoginStatus Native)
{
	switch (Native)
	{
	case banter::LoginStatus::Logined:
		return EBanterLoginStatus::LoggedIn;
	case banter::LoginStatus::Logining:
		return EBanterLoginStatus::LoggingIn;
	case banter::LoginStatus::Logouting:
		return EBanterLoginStatus::LoggingOut;
	default:
		return EBanterLoginStatus::LoggedOut;
	}
}
} // namespace BanterListeners
