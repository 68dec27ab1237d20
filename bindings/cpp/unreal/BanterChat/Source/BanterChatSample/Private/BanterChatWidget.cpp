#include "BanterChatWidget.h"

#include "BanterSubsystem.h"
#include "Blueprint/WidgetTree.h"
#include "Components/EditableTextBox.h"
#include "Components/ScrollBox.h"
#include "Components/TextBlock.h"
#include "Modules/ModuleManager.h"

IMPLEMENT_MODULE(FDefaultModuleImpl, BanterChatSample)

namespace
{
constexpr int32 PageSize = 20;
} // namespace

void UBanterChannelButton::Show(UWidget* Label, const FString& InUserId, FBanterChannelChosen InChosen)
{
	UserId = InUserId;
	Chosen = MoveTemp(InChosen);
	AddChild(Label);
	OnClicked.AddDynamic(this, &UBanterChannelButton::Choose);
}

void UBanterChannelButton::Choose()
{
	Chosen.ExecuteIfBound(UserId);
}

void UBanterChatWidget::NativeConstruct()
{
	Super::NativeConstruct();
	Input->OnTextCommitted.AddDynamic(this, &UBanterChatWidget::Entered);
	if (UBanterSubsystem* Banter = UBanterSubsystem::Get(this))
	{
		Banter->OnMessagesNative.AddUObject(this, &UBanterChatWidget::MessagesCame);
		Banter->OnMessagesRecalledNative.AddUObject(this, &UBanterChatWidget::MessagesRecalled);
		Banter->OnConversationsNative.AddUObject(this, &UBanterChatWidget::ConversationsChanged);
	}
	LoadChannels();
}

void UBanterChatWidget::NativeDestruct()
{
	if (UBanterSubsystem* Banter = UBanterSubsystem::Get(this))
	{
		Banter->OnMessagesNative.RemoveAll(this);
		Banter->OnMessagesRecalledNative.RemoveAll(this);
		Banter->OnConversationsNative.RemoveAll(this);
	}
	Super::NativeDestruct();
}

void UBanterChatWidget::LoadChannels()
{
	if (UBanterSubsystem* Banter = UBanterSubsystem::Get(this))
	{
		Banter->LoadConversations(FBanterConversationsDone::CreateUObject(this, &UBanterChatWidget::ChannelsLoaded));
	}
}

void UBanterChatWidget::ChannelsLoaded(const FBanterResult& Result, const TArray<FBanterConversation>& Conversations)
{
	if (!Result.IsOk())
	{
		return; // nobody is logged in yet: the sync after a login brings the list
	}
	Channels->ClearChildren();
	for (const FBanterConversation& Conversation : Conversations)
	{
		const FString Unread = Conversation.Unread > 0 ? FString::Printf(TEXT(" (%d)"), Conversation.Unread) : FString();
		UBanterChannelButton* Button = WidgetTree->ConstructWidget<UBanterChannelButton>();
		Button->Show(Line(Conversation.Name + Unread), Conversation.Id, FBanterChannelChosen::CreateUObject(this, &UBanterChatWidget::Open));
		Channels->AddChild(Button);
	}
}

void UBanterChatWidget::ConversationsChanged(EBanterConversationEvent Event, const TArray<FBanterConversation>&)
{
	if (Event != EBanterConversationEvent::SyncStarted)
	{
		LoadChannels();
	}
}

void UBanterChatWidget::Open(const FString& UserId)
{
	OpenId = UserId;
	Shown.Empty();
	Oldest = FBanterMessage();
	ShowOlder();
	if (UBanterSubsystem* Banter = UBanterSubsystem::Get(this))
	{
		Banter->MarkRead(OpenId);
	}
}

void UBanterChatWidget::ShowOlder()
{
	UBanterSubsystem* Banter = UBanterSubsystem::Get(this);
	if (!Banter || OpenId.IsEmpty())
	{
		return;
	}
	Banter->LoadOlder(OpenId, PageSize, Oldest, FBanterMessagesDone::CreateWeakLambda(this,
		[this, Id = OpenId, Before = Oldest.Id](const FBanterResult& Result, const TArray<FBanterMessage>& Page)
		{
			if (!Result.IsOk() || Id != OpenId || Before != Oldest.Id)
			{
				return; // another conversation is open by now, or the page is there already
			}
			for (const FBanterMessage& Message : Page)
			{
				Add(Message, 0);
				Oldest = Message;
			}
			ShowMessages();
		}));
}

void UBanterChatWidget::Add(const FBanterMessage& Message, int32 Place)
{
	const auto IsSame = [&Message](const FBanterMessage& Other) { return Other.Id == Message.Id; };
	if (!Shown.ContainsByPredicate(IsSame))
	{
		Shown.Insert(Message, Place);
	}
}

void UBanterChatWidget::MessagesCame(const TArray<FBanterMessage>& Came)
{
	bool bRead = false;
	for (const FBanterMessage& Message : Came)
	{
		if (Message.ConversationId == OpenId && !Message.bIsOfGroup)
		{
			Add(Message, Shown.Num());
			bRead = true;
		}
	}
	UBanterSubsystem* Banter = UBanterSubsystem::Get(this);
	if (Banter && bRead)
	{
		ShowMessages();
		Banter->MarkRead(OpenId);
	}
}

void UBanterChatWidget::MessagesRecalled(const TArray<FString>& Ids)
{
	for (FBanterMessage& Message : Shown)
	{
		Message.bRecalled = Message.bRecalled || Ids.Contains(Message.Id);
	}
	ShowMessages();
}

void UBanterChatWidget::Entered(const FText& Text, ETextCommit::Type How)
{
	UBanterSubsystem* Banter = UBanterSubsystem::Get(this);
	if (How != ETextCommit::OnEnter || Text.IsEmpty() || OpenId.IsEmpty() || !Banter)
	{
		return;
	}
	Banter->SendText(OpenId, Text.ToString(), FBanterMessageDone::CreateUObject(this, &UBanterChatWidget::Sent));
	Input->SetText(FText());
}

void UBanterChatWidget::Sent(const FBanterResult& Result, const FBanterMessage& Message)
{
	if (!Result.IsOk())
	{
		Messages->AddChild(Line(FString(TEXT("not sent: ")) + Result.Description));
		return;
	}
	if (Message.ConversationId == OpenId)
	{
		Add(Message, Shown.Num());
		ShowMessages();
	}
}

void UBanterChatWidget::ShowMessages()
{
	Messages->ClearChildren();
	for (const FBanterMessage& Message : Shown)
	{
		const FString Says = Message.bRecalled ? FString(TEXT("(recalled)")) : Message.Text;
		Messages->AddChild(Line(Message.Sender + TEXT(": ") + Says));
	}
	Messages->ScrollToEnd();
}

UWidget* UBanterChatWidget::Line(const FString& Text)
{
	UTextBlock* Block = WidgetTree->ConstructWidget<UTextBlock>();
	Block->SetText(FText::FromString(Text));
	return Block;
}
