#include "BanterSubsystem.h"

#include "BanterRaise.h"
#include "BanterText.h"
#include "BanterValues.h"

namespace
{
/** Turns Done into a handler that answers with a copy of what came, only while Owner lives. */
template <typename DoneType, typename NativeType, typename ValueType>
banter::ValueHandler<NativeType> WhileAlive(UBanterSubsystem* Owner, DoneType Done, ValueType (*Copy)(const NativeType&))
{
	return [Weak = TWeakObjectPtr<UBanterSubsystem>(Owner), Done = MoveTemp(Done), Copy](const banter::Result& Native, const NativeType& Value)
	{
		if (Weak.IsValid())
		{
			Done.ExecuteIfBound(BanterListeners::Result(Native), Copy(Value));
		}
	};
}

EBanterConversationEvent EventOf(banter::ConvEvent Native)
{
	switch (Native)
	{
	case banter::ConvEvent::Add:
		return EBanterConversationEvent::Added;
	case banter::ConvEvent::Del:
		return EBanterConversationEvent::Deleted;
	case banter::ConvEvent::Start:
		return EBanterConversationEvent::SyncStarted;
	case banter::ConvEvent::Finish:
		return EBanterConversationEvent::SyncFinished;
	default:
		return EBanterConversationEvent::Changed;
	}
}
} // namespace

namespace BanterListeners
{
void Chat(banter::Client& Client, UBanterSubsystem* Subsystem)
{
	const TWeakObjectPtr<UBanterSubsystem> Owner(Subsystem);
	Client.on_messages([Owner](const std::vector<banter::Message>& Messages)
	{
		Raise(Owner, &UBanterSubsystem::OnMessages, &UBanterSubsystem::OnMessagesNative, BanterValues::Messages(Messages));
	});
	Client.on_messages_recalled([Owner](const std::vector<banter::Recall>& Recalls)
	{
		TArray<FString> Ids;
		for (const banter::Recall& Recall : Recalls)
		{
			Ids.Add(BanterText::FromNative(Recall.id));
		}
		Raise(Owner, &UBanterSubsystem::OnMessagesRecalled, &UBanterSubsystem::OnMessagesRecalledNative, Ids);
	});
	Client.on_conversations([Owner](banter::ConvEvent Event, const std::vector<banter::Conversation>& Conversations)
	{
		Raise(Owner, &UBanterSubsystem::OnConversations, &UBanterSubsystem::OnConversationsNative, EventOf(Event),
			BanterValues::Conversations(Conversations));
	});
	Client.on_total_unread([Owner](std::uint64_t Unread)
	{
		Raise(Owner, &UBanterSubsystem::OnTotalUnread, &UBanterSubsystem::OnTotalUnreadNative, static_cast<int32>(Unread));
	});
}
} // namespace BanterListeners

void UBanterSubsystem::SendText(const FString& UserId, const FString& Text, FBanterMessageDone Done)
{
	int Result = banter::code::sdk_not_initialized;
	if (Client.IsValid())
	{
		Result = Client->send_text(BanterText::ToNative(UserId), BanterText::ToNative(Text), WhileAlive(this, Done, &BanterValues::Message));
	}
	if (Result != TIM_SUCC)
	{
		Done.ExecuteIfBound(BanterListeners::Refused(Result), FBanterMessage());
	}
}

void UBanterSubsystem::LoadOlder(const FString& UserId, int32 Count, const FBanterMessage& Before, FBanterMessagesDone Done)
{
	int Result = banter::code::sdk_not_initialized;
	if (Client.IsValid())
	{
		const banter::Message Oldest = BanterValues::ToNative(Before);
		Result = Client->older(BanterText::ToNative(UserId), static_cast<unsigned>(FMath::Max(0, Count)),
			Oldest.json.empty() ? nullptr : &Oldest, WhileAlive(this, Done, &BanterValues::Messages));
	}
	if (Result != TIM_SUCC)
	{
		Done.ExecuteIfBound(BanterListeners::Refused(Result), TArray<FBanterMessage>());
	}
}

void UBanterSubsystem::LoadConversations(FBanterConversationsDone Done)
{
	int Result = banter::code::sdk_not_initialized;
	if (Client.IsValid())
	{
		Result = Client->conversations(WhileAlive(this, Done, &BanterValues::Conversations));
	}
	if (Result != TIM_SUCC)
	{
		Done.ExecuteIfBound(BanterListeners::Refused(Result), TArray<FBanterConversation>());
	}
}

void UBanterSubsystem::Recall(const FBanterMessage& Message, FBanterDone Done)
{
	int Result = banter::code::sdk_not_initialized;
	if (Client.IsValid())
	{
		Result = Client->recall(BanterValues::ToNative(Message), BanterListeners::WhileAlive(this, Done));
	}
	if (Result != TIM_SUCC)
	{
		Done.ExecuteIfBound(BanterListeners::Refused(Result));
	}
}

void UBanterSubsystem::MarkRead(const FString& UserId)
{
	if (Client.IsValid())
	{
		Client->mark_read(BanterText::ToNative(UserId));
	}
}

/** Asks for the number once, without which the library tells of no change. */
void UBanterSubsystem::WatchTotalUnread()
{
	if (!Client.IsValid())
	{
		return;
	}
	Client->total_unread([Owner = TWeakObjectPtr<UBanterSubsystem>(this)](const banter::Result& Native, std::uint64_t Unread)
	{
		if (Native.ok())
		{
			BanterListeners::Raise(Owner, &UBanterSubsystem::OnTotalUnread, &UBanterSubsystem::OnTotalUnreadNative, static_cast<int32>(Unread));
		}
	});
}
