#pragma once

#include "CoreMinimal.h"

#include "BanterTypes.generated.h"

/** What helps after an error. */
UENUM(BlueprintType)
enum class EBanterAdvice : uint8
{
	/** Nothing went wrong. */
	None,
	/** It may work later: wait a little, and longer each time. */
	TryAgain,
	/** Ask your own server for a new ticket, and log in with it. */
	NewTicket,
	/** The same call brings the same answer. */
	Stop,
};

/** How far the login is. */
UENUM(BlueprintType)
enum class EBanterLoginStatus : uint8
{
	LoggedOut,
	LoggingIn,
	LoggedIn,
	LoggingOut,
};

/** The link to the server. */
UENUM(BlueprintType)
enum class EBanterNetworkStatus : uint8
{
	Connected,
	Disconnected,
	Connecting,
	ConnectFailed,
};

/** Why the server logged this device out. */
UENUM(BlueprintType)
enum class EBanterKickReason : uint8
{
	/** A reason that this plugin is too old for. */
	Unknown,
	/** The account logged in on another device. */
	OtherDevice,
	/** Somebody in charge did it. */
	Admin,
	/** The account's tickets were revoked: fetch a new one. */
	TicketRevoked,
	/** The account is gone. */
	AccountDeleted,
};

/** How a call ended. */
USTRUCT(BlueprintType)
struct BANTERCHAT_API FBanterResult
{
	GENERATED_BODY()

	/** 0, or what went wrong: TIMErrorCode.h has the list. Below 0: the call was refused at once. */
	UPROPERTY(BlueprintReadOnly, Category = "Banter")
	int32 Code = 0;

	/** For whoever must act on it, in English. */
	UPROPERTY(BlueprintReadOnly, Category = "Banter")
	FString Description;

	/** What the call brings; empty for a call that brings nothing. */
	UPROPERTY(BlueprintReadOnly, Category = "Banter")
	FString Json;

	UPROPERTY(BlueprintReadOnly, Category = "Banter")
	EBanterAdvice Advice = EBanterAdvice::None;

	bool IsOk() const { return Code == 0; }
};

/** Answers one call, on the game thread. It is not run when its owner is gone by then. */
DECLARE_DELEGATE_OneParam(FBanterDone, const FBanterResult& /*Result*/);

/** Takes the ticket that was asked for; empty when there is none. Call it on the game thread. */
using FBanterTicketReply = TFunction<void(const FString& /*UserSig*/)>;

/** Asks the game's own server for a new ticket of a user. */
DECLARE_DELEGATE_TwoParams(FBanterFetchTicket, const FString& /*UserId*/, FBanterTicketReply /*Reply*/);

DECLARE_MULTICAST_DELEGATE_ThreeParams(FBanterNetworkChangedNative, EBanterNetworkStatus, int32 /*Code*/, const FString& /*Description*/);
DECLARE_MULTICAST_DELEGATE_OneParam(FBanterKickedNative, EBanterKickReason);
DECLARE_MULTICAST_DELEGATE(FBanterUserSigExpiredNative);
DECLARE_MULTICAST_DELEGATE_OneParam(FBanterUserSigExpiringNative, int32 /*Seconds*/);

DECLARE_DYNAMIC_MULTICAST_DELEGATE_ThreeParams(FBanterNetworkChanged, EBanterNetworkStatus, Status, int32, Code, const FString&, Description);
DECLARE_DYNAMIC_MULTICAST_DELEGATE_OneParam(FBanterKicked, EBanterKickReason, Reason);
DECLARE_DYNAMIC_MULTICAST_DELEGATE(FBanterUserSigExpired);
DECLARE_DYNAMIC_MULTICAST_DELEGATE_OneParam(FBanterUserSigExpiring, int32, Seconds);
DECLARE_DYNAMIC_MULTICAST_DELEGATE_OneParam(FBanterOutcome, const FBanterResult&, Result);
