#pragma once

#include "CoreMinimal.h"
#include "BanterMessages.h"
#include "BanterTypes.h"
#include "Containers/Ticker.h"
#include "Subsystems/GameInstanceSubsystem.h"

#include "BanterSubsystem.generated.h"

namespace banter
{
class Client;
}

/**
 * The chat client of one game instance: in the editor, each player of "Play" has one of its own.
 * Everything here is called, and answers, on the game thread; the core ticker runs the answers.
 */
UCLASS()
class BANTERCHAT_API UBanterSubsystem : public UGameInstanceSubsystem
{
	GENERATED_BODY()

public:
	virtual void Initialize(FSubsystemCollectionBase& Collection) override;
	virtual void Deinitialize() override;

	/** The subsystem of the game instance that an object belongs to, or null. */
	static UBanterSubsystem* Get(const UObject* WorldContextObject);

	/** Starts the client, with the address and app of the project's settings unless others are given. */
	UFUNCTION(BlueprintCallable, Category = "Banter")
	bool Start(int64 AppId = 0, const FString& ServerUrl = TEXT(""));

	/** Ends the client. What is pending is answered with 7009. The server sees a closed link, not a logout. */
	UFUNCTION(BlueprintCallable, Category = "Banter")
	void Stop();

	UFUNCTION(BlueprintPure, Category = "Banter")
	bool IsStarted() const;

	UFUNCTION(BlueprintPure, Category = "Banter")
	EBanterLoginStatus GetLoginStatus() const;

	/** Who is logged in; empty when nobody is. */
	UFUNCTION(BlueprintPure, Category = "Banter")
	FString GetLoginUserId() const;

	/** Logs in. With another ticket of the user who is logged in, replaces the ticket without a cut. */
	void Login(const FString& UserId, const FString& UserSig, FBanterDone Done = FBanterDone());

	/** Logs out. Succeeds within 5 seconds. */
	void Logout(FBanterDone Done = FBanterDone());

	/** Sends a text to a user. Without a link it waits for one, for 30 seconds. */
	void SendText(const FString& UserId, const FString& Text, FBanterMessageDone Done = FBanterMessageDone());

	/**
	 * Reads the history of the conversation with a user, newest first: Count messages that are older than Before,
	 * or the newest ones if that is an empty message. Fewer are the oldest that can be had now.
	 */
	void LoadOlder(const FString& UserId, int32 Count, const FBanterMessage& Before, FBanterMessagesDone Done);

	/** Brings the user's conversations, as a list shows them. */
	void LoadConversations(FBanterConversationsDone Done);

	/** Recalls a message of the user's own for everybody. */
	void Recall(const FBanterMessage& Message, FBanterDone Done = FBanterDone());

	/** Says that the user has read all of the conversation with a user. */
	UFUNCTION(BlueprintCallable, Category = "Banter")
	void MarkRead(const FString& UserId);

	/** Where new tickets come from. With it, tickets are renewed before they expire. */
	void SetTicketProvider(FBanterFetchTicket Provider);

	/** All other calls of the library, or null while it is not started. Include "banter/client.hpp" for them. */
	banter::Client* GetClient() const { return Client.Get(); }

	UPROPERTY(BlueprintAssignable, Category = "Banter")
	FBanterNetworkChanged OnNetworkChanged;

	/** The server logged this device out. */
	UPROPERTY(BlueprintAssignable, Category = "Banter")
	FBanterKicked OnKicked;

	/** The ticket has run out, and nobody is logged in any more. */
	UPROPERTY(BlueprintAssignable, Category = "Banter")
	FBanterUserSigExpired OnUserSigExpired;

	/** The ticket runs out in so many seconds: log in again with a new one. */
	UPROPERTY(BlueprintAssignable, Category = "Banter")
	FBanterUserSigExpiring OnUserSigExpiring;

	/** Messages came: of others, and of the user on another device. */
	UPROPERTY(BlueprintAssignable, Category = "Banter")
	FBanterMessagesReceived OnMessages;

	UPROPERTY(BlueprintAssignable, Category = "Banter")
	FBanterMessagesRecalled OnMessagesRecalled;

	/** Conversations came, went or changed. With the start and the end of a sync there are none. */
	UPROPERTY(BlueprintAssignable, Category = "Banter")
	FBanterConversationsChanged OnConversations;

	/** How many messages are unread in all conversations: after each login, and when it changes. */
	UPROPERTY(BlueprintAssignable, Category = "Banter")
	FBanterTotalUnreadChanged OnTotalUnread;

	/** The same for C++. */
	FBanterNetworkChangedNative OnNetworkChangedNative;
	FBanterKickedNative OnKickedNative;
	FBanterUserSigExpiredNative OnUserSigExpiredNative;
	FBanterUserSigExpiringNative OnUserSigExpiringNative;
	FBanterMessagesReceivedNative OnMessagesNative;
	FBanterMessagesRecalledNative OnMessagesRecalledNative;
	FBanterConversationsChangedNative OnConversationsNative;
	FBanterTotalUnreadChangedNative OnTotalUnreadNative;

private:
	bool Pump();
	void WatchTotalUnread();

	TSharedPtr<banter::Client> Client;
	FTSTicker::FDelegateHandle Ticker;
	FBanterFetchTicket FetchTicket;
};
