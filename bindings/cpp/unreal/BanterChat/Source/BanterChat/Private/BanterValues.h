#pragma once

#include <vector>

#include "BanterListeners.h"
#include "BanterMessages.h"

/** Messages and conversations of the library, as the engine has them. */
namespace BanterValues
{
FBanterMessage Message(const banter::Message& Native);
FBanterConversation Conversation(const banter::Conversation& Native);
TArray<FBanterMessage> Messages(const std::vector<banter::Message>& Native);
TArray<FBanterConversation> Conversations(const std::vector<banter::Conversation>& Native);

/** What the library needs of a message to find it again. */
banter::Message ToNative(const FBanterMessage& Message);
} // namespace BanterValues

namespace BanterListeners
{
/** Makes a client raise the chat's delegates of a subsystem, as long as it lives. */
void Chat(banter::Client& Client, UBanterSubsystem* Subsystem);
} // namespace BanterListeners
