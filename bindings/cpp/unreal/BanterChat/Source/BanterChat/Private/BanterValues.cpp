#include "BanterValues.h"

#include "BanterText.h"

namespace
{
template <typename ValueType, typename NativeType>
TArray<ValueType> Each(const std::vector<NativeType>& Native, ValueType (*Copy)(const NativeType&))
{
	TArray<ValueType> Copies;
	Copies.Reserve(static_cast<int32>(Native.size()));
	for (const NativeType& One : Native)
	{
		Copies.Add(Copy(One));
	}
	return Copies;
}
} // namespace

namespace BanterValues
{
FBanterMessage Message(const banter::Message& Native)
{
	FBanterMessage Copy;
	Copy.Id = BanterText::FromNative(Native.id);
	Copy.ConversationId = BanterText::FromNative(Native.conversation.id);
	Copy.bIsOfGroup = Native.conversation.type == banter::ConvType::Group;
	Copy.Sender = BanterText::FromNative(Native.sender);
	Copy.bFromSelf = Native.from_self;
	Copy.Text = BanterText::FromNative(Native.text);
	Copy.bRecalled = Native.recalled();
	Copy.Time = static_cast<int64>(Native.time);
	Copy.Json = BanterText::FromNative(Native.json);
	return Copy;
}

FBanterConversation Conversation(const banter::Conversation& Native)
{
	FBanterConversation Copy;
	Copy.Id = BanterText::FromNative(Native.id.id);
	Copy.bIsGroup = Native.id.type == banter::ConvType::Group;
	Copy.Name = BanterText::FromNative(Native.name);
	Copy.Unread = static_cast<int32>(Native.unread);
	Copy.bPinned = Native.pinned;
	Copy.LastMessage = Message(Native.last_message);
	Copy.Json = BanterText::FromNative(Native.json);
	return Copy;
}

TArray<FBanterMessage> Messages(const std::vector<banter::Message>& Native)
{
	return Each(Native, &Message);
}

TArray<FBanterConversation> Conversations(const std::vector<banter::Conversation>& Native)
{
	return Each(Native, &Conversation);
}

banter::Message ToNative(const FBanterMessage& Message)
{
	banter::Message Native;
	Native.id = BanterText::ToNative(Message.Id);
	Native.conversation = banter::ConversationId(
		BanterText::ToNative(Message.ConversationId), Message.bIsOfGroup ? banter::ConvType::Group : banter::ConvType::C2C);
	Native.json = BanterText::ToNative(Message.Json);
	return Native;
}
} // namespace BanterValues
