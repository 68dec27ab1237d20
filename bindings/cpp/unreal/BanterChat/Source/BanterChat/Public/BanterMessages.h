#pragma once

#include "CoreMinimal.h"
#include "BanterTypes.h"

#include "BanterMessages.generated.h"

/** A message that was sent or received. */
USTRUCT(BlueprintType)
struct BANTERCHAT_API FBanterMessage
{
	GENERATED_BODY()

	/** The same on every device; empty in a message that is none. */
	UPROPERTY(BlueprintReadOnly, Category = "Banter")
	FString Id;

	/** The other user, or the group. */
	UPROPERTY(BlueprintReadOnly, Category = "Banter")
	FString ConversationId;

	UPROPERTY(BlueprintReadOnly, Category = "Banter")
	bool bIsOfGroup = false;

	UPROPERTY(BlueprintReadOnly, Category = "Banter")
	FString Sender;

	/** The user who is logged in has sent it. */
	UPROPERTY(BlueprintReadOnly, Category = "Banter")
	bool bFromSelf = false;

	/** What it says; empty without a text, and when it was recalled. */
	UPROPERTY(BlueprintReadOnly, Category = "Banter")
	FString Text;

	UPROPERTY(BlueprintReadOnly, Category = "Banter")
	bool bRecalled = false;

	/** Seconds since 1970, by the server's clock. */
	UPROPERTY(BlueprintReadOnly, Category = "Banter")
	int64 Time = 0;

	/** All of it. The keys are those of the C API. */
	UPROPERTY(BlueprintReadOnly, Category = "Banter")
	FString Json;
};

/** An entry of the conversation list. */
USTRUCT(BlueprintType)
struct BANTERCHAT_API FBanterConversation
{
	GENERATED_BODY()

	/** The other user, or the group. */
	UPROPERTY(BlueprintReadOnly, Category = "Banter")
	FString Id;

	UPROPERTY(BlueprintReadOnly, Category = "Banter")
	bool bIsGroup = false;

	/** To show. */
	UPROPERTY(BlueprintReadOnly, Category = "Banter")
	FString Name;

	UPROPERTY(BlueprintReadOnly, Category = "Banter")
	int32 Unread = 0;

	UPROPERTY(BlueprintReadOnly, Category = "Banter")
	bool bPinned = false;

	/** One without an Id when there is none. */
	UPROPERTY(BlueprintReadOnly, Category = "Banter")
	FBanterMessage LastMessage;

	/** All of it. The keys are those of the C API. */
	UPROPERTY(BlueprintReadOnly, Category = "Banter")
	FString Json;
};

/** What has become of conversations. */
UENUM(BlueprintType)
enum class EBanterConversationEvent : uint8
{
	Added,
	Deleted,
	Changed,
	/** What happened while the device was away is being fetched. */
	SyncStarted,
	SyncFinished,
};

/** Answer one call with what it brings, on the game thread. They are not run when their owner is gone by then. */
DECLARE_DELEGATE_TwoParams(FBanterMessageDone, const FBanterResult& /*Result*/, const FBanterMessage& /*Message*/);
DECLARE_DELEGATE_TwoParams(FBanterMessagesDone, const FBanterResult& /*Result*/, const TArray<FBanterMessage>& /*Messages*/);
DECLARE_DELEGATE_TwoParams(FBanterConversationsDone, const FBanterResult& /*Result*/, const TArray<FBanterConversation>& /*Conversations*/);

DECLARE_MULTICAST_DELEGATE_OneParam(FBanterMessagesReceivedNative, const TArray<FBanterMessage>& /*Messages*/);
DECLARE_MULTICAST_DELEGATE_OneParam(FBanterMessagesRecalledNative, const TArray<FString>& /*MessageIds*/);
DECLARE_MULTICAST_DELEGATE_TwoParams(FBanterConversationsChangedNative, EBanterConversationEvent, const TArray<FBanterConversation>& /*Conversations*/);
DECLARE_MULTICAST_DELEGATE_OneParam(FBanterTotalUnreadChangedNative, int32 /*Unread*/);

DECLARE_DYNAMIC_MULTICAST_DELEGATE_OneParam(FBanterMessagesReceived, const TArray<FBanterMessage>&, Messages);
DECLARE_DYNAMIC_MULTICAST_DELEGATE_OneParam(FBanterMessagesRecalled, const TArray<FString>&, MessageIds);
DECLARE_DYNAMIC_MULTICAST_DELEGATE_TwoParams(FBanterConversationsChanged, EBanterConversationEvent, Event, const TArray<FBanterConversation>&, Conversations);
DECLARE_DYNAMIC_MULTICAST_DELEGATE_OneParam(FBanterTotalUnreadChanged, int32, Unread);
DECLARE_DYNAMIC_MULTICAST_DELEGATE_TwoParams(FBanterMessageOutcome, const FBanterResult&, Result, const FBanterMessage&, Message);
DECLARE_DYNAMIC_MULTICAST_DELEGATE_TwoParams(FBanterMessagesOutcome, const FBanterResult&, Result, const TArray<FBanterMessage>&, Messages);
