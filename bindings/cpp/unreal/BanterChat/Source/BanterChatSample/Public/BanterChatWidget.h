#pragma once

#include "CoreMinimal.h"
#include "BanterMessages.h"
#include "Blueprint/UserWidget.h"
#include "Components/Button.h"
#include "Types/SlateEnums.h"

#include "BanterChatWidget.generated.h"

class UBanterSubsystem;
class UEditableTextBox;
class UScrollBox;

DECLARE_DELEGATE_OneParam(FBanterChannelChosen, const FString& /*UserId*/);

/** A line of the channel list. */
UCLASS()
class BANTERCHATSAMPLE_API UBanterChannelButton : public UButton
{
	GENERATED_BODY()

public:
	/** Shows a conversation, and tells Chosen when it is clicked. */
	void Show(UWidget* Label, const FString& InUserId, FBanterChannelChosen InChosen);

private:
	UFUNCTION()
	void Choose();

	FString UserId;
	FBanterChannelChosen Chosen;
};

/**
 * A sample: a chat window. Make a widget blueprint of this class with two scroll boxes, Channels and Messages, and a text box,
 * Input. It shows the conversations of the user who is logged in, and sends what is entered to the one that is open.
 */
UCLASS(Abstract)
class BANTERCHATSAMPLE_API UBanterChatWidget : public UUserWidget
{
	GENERATED_BODY()

public:
	/** Opens the conversation with a user, and marks it as read. */
	UFUNCTION(BlueprintCallable, Category = "Banter")
	void Open(const FString& UserId);

	/** Shows a page more of the open conversation's history, above what is shown. */
	UFUNCTION(BlueprintCallable, Category = "Banter")
	void ShowOlder();

protected:
	virtual void NativeConstruct() override;
	virtual void NativeDestruct() override;

	UPROPERTY(meta = (BindWidget))
	TObjectPtr<UScrollBox> Channels;

	UPROPERTY(meta = (BindWidget))
	TObjectPtr<UScrollBox> Messages;

	UPROPERTY(meta = (BindWidget))
	TObjectPtr<UEditableTextBox> Input;

private:
	UFUNCTION()
	void Entered(const FText& Text, ETextCommit::Type How);

	void MessagesCame(const TArray<FBanterMessage>& Came);
	void MessagesRecalled(const TArray<FString>& Ids);
	void ConversationsChanged(EBanterConversationEvent Event, const TArray<FBanterConversation>& Changed);
	void ChannelsLoaded(const FBanterResult& Result, const TArray<FBanterConversation>& Conversations);
	void Sent(const FBanterResult& Result, const FBanterMessage& Message);
	void LoadChannels();
	void Add(const FBanterMessage& Message, int32 Place);
	void ShowMessages();
	UWidget* Line(const FString& Text);

	/** The user of the open conversation; empty when none is. */
	FString OpenId;

	/** The open conversation's messages, oldest first. */
	TArray<FBanterMessage> Shown;

	/** The oldest of the pages that were read. Messages may have come before the first one. */
	FBanterMessage Oldest;
};
