/// Messages, conversations and user status: what a chat window is made of.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "Generated/calls.hpp"
#include "Generated/events.hpp"
#include "Generated/keys.hpp"
#include "message.hpp"
#include "result.hpp"

namespace banter {

/// A Handler with what the call brings as a value; it is an empty one where the call brings none.
template <class Value>
using ValueHandler = std::function<void(const Result& result, const Value& value)>;

using MessageHandler = ValueHandler<Message>;
using MessagesHandler = ValueHandler<std::vector<Message>>;
using ConversationsHandler = ValueHandler<std::vector<Conversation>>;
using UserStatusHandler = ValueHandler<std::vector<UserStatus>>;
using NumberHandler = ValueHandler<std::uint64_t>;

namespace detail {

/// The handler of the C API's answer for one that takes a value.
template <class Value>
Handler with_value(ValueHandler<Value> done) {
    if (!done) return {};
    return [done = std::move(done)](const Result& result) { done(result, value_of<Value>(result.json)); };
}

/// The same for an event.
template <class Value>
std::function<void(std::string_view)> with_value(std::function<void(const Value&)> handler) {
    if (!handler) return {};
    return [handler = std::move(handler)](std::string_view json) { handler(value_of<Value>(json)); };
}

inline std::string array_of(const std::vector<std::string>& texts) {
    std::string json = "[";
    for (const auto& text : texts) {
        if (json.size() > 1) json += ',';
        append_string(json, text);
    }
    return json + "]";
}

inline std::string array_of(const std::vector<Message>& messages) {
    std::string json = "[";
    for (const auto& message : messages) json += (json.size() > 1 ? "," : "") + message.json;
    return json + "]";
}

/// What a message is after a modification, for the C API: the version says which one was changed.
inline std::string modified(const Message& message, const NewMessage& says) {
    const Json old(message.json);
    auto next = says;
    next.more(key::msg_version, old[key::msg_version].text());
    for (const char* const name : {key::msg_conv_id, key::msg_conv_type, key::msg_msg_id, key::msg_unique_id, key::msg_sender}) {
        next.more(name, old[name].text());
    }
    return next.json();
}

}  // namespace detail

/// The part of Client that chats. A call returns as those of Calls do: TIM_SUCC if done runs
/// exactly once, anything else if it never will. An event has one handler: another one takes
/// its place, an empty one none. Set them before the login, which brings the first of them.
class Chat {
public:
    Chat(const Chat&) = delete;
    Chat& operator=(const Chat&) = delete;

    /// Sends a text. done gets the message as the server has it.
    int send_text(const ConversationId& to, std::string_view text, MessageHandler done = {}) const {
        return send(to, NewMessage().text(text), std::move(done));
    }

    /// Sends a message. Without a link it waits for one, for 30 s. id gets the message's id at
    /// once, to show it before it has arrived.
    int send(const ConversationId& to, const NewMessage& message, MessageHandler done = {}, std::string* id = nullptr) const {
        return calls_.msg_send_message(to.id, to.type, message.json(), id, detail::with_value(std::move(done)));
    }

    /// Sends a message again that failed, as it was given to done: it is the same one, and
    /// arrives once.
    int send_again(const Message& message, MessageHandler done = {}) const {
        return calls_.msg_send_message(message.conversation.id, message.conversation.type, message.json, nullptr,
                                       detail::with_value(std::move(done)));
    }

    /// Reads the history, newest first: count messages older than before, or the newest ones if
    /// that is null. Fewer are the oldest that can be had now. banter/history.hpp turns pages.
    int older(const ConversationId& conversation, unsigned count, const Message* before, MessagesHandler done) const {
        detail::JsonObject param;
        param.number(key::msg_get_msg_list_param_count, count).raw(key::msg_get_msg_list_param_is_ramble, "true");
        if (before != nullptr) param.raw(key::msg_get_msg_list_param_last_msg, before->json);
        return calls_.msg_get_msg_list(conversation.id, conversation.type, param.text(), detail::with_value(std::move(done)));
    }

    /// Says that the user has read the conversation, up to a message or all of it.
    int mark_read(const ConversationId& conversation, const Message* up_to = nullptr, Handler done = {}) const {
        return calls_.msg_report_readed(conversation.id, conversation.type, up_to == nullptr ? Text(nullptr) : Text(up_to->json),
                                        std::move(done));
    }

    /// Recalls a message of the user's own for everybody. The server says for how long that may
    /// be done.
    int recall(const Message& message, Handler done = {}) const {
        return calls_.msg_revoke(message.conversation.id, message.conversation.type, message.json, std::move(done));
    }

    /// Changes what a message says, for everybody. Another change may have come first: then the
    /// code is 8006, and done gets the message as that has made it.
    int modify(const Message& message, const NewMessage& says, MessageHandler done = {}) const {
        return calls_.msg_modify_message(detail::modified(message, says), detail::with_value(std::move(done)));
    }

    /// Deletes messages of a conversation for this user, on all their devices.
    int delete_messages(const ConversationId& conversation, const std::vector<Message>& messages, Handler done = {}) const {
        return calls_.msg_list_delete(conversation.id, conversation.type, detail::array_of(messages), std::move(done));
    }

    /// Deletes all messages of a conversation for this user, which stays in the list.
    int clear_history(const ConversationId& conversation, Handler done = {}) const {
        return calls_.msg_clear_history_message(conversation.id, conversation.type, std::move(done));
    }

    /// Tells the senders of messages that this user has read them. Those whose senders did not ask
    /// are left out.
    int send_read_receipts(const std::vector<Message>& messages, Handler done = {}) const {
        return calls_.msg_send_message_read_receipts(detail::array_of(messages), std::move(done));
    }

    /// Downloads the file of an element of a message to a path, and goes on where an earlier try
    /// was cut off. progress runs before done, any number of times.
    int download(const Element& element, std::string_view path, Handler done, std::function<void(const Progress&)> progress = {}) const {
        const auto* const kind = detail::file_kind(element.type);
        if (kind == nullptr) return TIM_ERR_PARAM;
        Handler told;
        if (progress) told = [progress = std::move(progress)](const Result& result) { progress(detail::value_of<Progress>(result.json)); };
        const auto param = detail::JsonObject()
                               .raw(key::msg_download_elem_param_type, std::to_string(kind->download))
                               .raw(key::msg_download_elem_param_id, text_or(Json(element.json)[kind->id]))
                               .string(key::msg_download_elem_param_url, element.url)
                               .text();
        return calls_.msg_download_elem_to_path(param, std::string(path), std::move(told), std::move(done));
    }

    /// Keeps what the user has begun to write, on this device; the conversation comes to the top of
    /// the list. "" takes it away.
    int set_draft(const ConversationId& conversation, std::string_view text) const {
        if (text.empty()) return calls_.conv_cancel_draft(conversation.id, conversation.type);
        return calls_.conv_set_draft(conversation.id, conversation.type,
                                     detail::JsonObject().string(key::draft_user_define, text).text());
    }

    /// Brings the conversations of the user, as a list shows them.
    int conversations(ConversationsHandler done) const {
        return calls_.conv_get_conv_list(detail::with_value(std::move(done)));
    }

    /// Pins a conversation to the head of the list, or ends that.
    int pin(const ConversationId& conversation, bool pinned, Handler done = {}) const {
        return calls_.conv_pin_conversation(conversation.id, conversation.type, pinned, std::move(done));
    }

    /// Deletes a conversation with its messages for this user. The next message brings it back.
    int delete_conversation(const ConversationId& conversation, Handler done = {}) const {
        return calls_.conv_delete(conversation.id, conversation.type, std::move(done));
    }

    /// Brings how many messages are unread in all conversations, and makes on_total_unread run
    /// from now on.
    int total_unread(NumberHandler done = {}) const {
        return calls_.conv_get_total_unread_message_count(detail::with_value(std::move(done)));
    }

    /// Brings the status of users.
    int user_status(const std::vector<std::string>& users, UserStatusHandler done) const {
        return calls_.get_user_status(detail::array_of(users), detail::with_value(std::move(done)));
    }

    /// Sets what others see of this user beside online and offline.
    int set_custom_status(std::string_view status, Handler done = {}) const {
        return calls_.set_self_status(detail::JsonObject().string(key::user_status_custom_status, status).text(), std::move(done));
    }

    /// Makes on_user_status tell of users who are no friends.
    int subscribe_user_status(const std::vector<std::string>& users, Handler done = {}) const {
        return calls_.subscribe_user_status(detail::array_of(users), std::move(done));
    }

    /// Messages came: of others, and of the user on another device.
    void on_messages(std::function<void(const std::vector<Message>& messages)> handler) {
        events_.recv_new_msg.set(detail::with_value(std::move(handler)));
    }

    /// Messages were recalled: what they said is gone.
    void on_messages_recalled(std::function<void(const std::vector<Recall>& recalls)> handler) {
        events_.msg_revoke.set(detail::with_value(std::move(handler)));
    }

    /// Messages changed after they were sent.
    void on_messages_modified(std::function<void(const std::vector<Message>& messages)> handler) {
        events_.msg_update.set(detail::with_value(std::move(handler)));
    }

    /// The other side has read messages that this user has sent.
    void on_read_receipts(std::function<void(const std::vector<ReadReceipt>& receipts)> handler) {
        events_.msg_readed_receipt.set(detail::with_value(std::move(handler)));
    }

    /// The file of an element of a message that is being sent has come so far.
    void on_upload(std::function<void(const Message& message, unsigned element, const Progress& progress)> handler) {
        if (!handler) return events_.msg_elem_upload_progress.set({});
        events_.msg_elem_upload_progress.set(
            [handler = std::move(handler)](std::string_view json, std::uint32_t element, std::uint32_t bytes, std::uint32_t total) {
                handler(detail::value_of<Message>(json), element, Progress{bytes, total});
            });
    }

    /// Conversations came, went or changed; with Start and Finish of a sync there are none.
    void on_conversations(std::function<void(ConvEvent event, const std::vector<Conversation>& conversations)> handler) {
        if (!handler) return events_.conv_event.set({});
        events_.conv_event.set([handler = std::move(handler)](ConvEvent event, std::string_view json) {
            handler(event, detail::value_of<std::vector<Conversation>>(json));
        });
    }

    /// The number of unread messages in all conversations changed.
    void on_total_unread(std::function<void(std::uint64_t unread)> handler) {
        if (!handler) return events_.conv_total_unread_message_count_changed.set({});
        events_.conv_total_unread_message_count_changed.set(
            [handler = std::move(handler)](int unread) { handler(static_cast<std::uint64_t>(unread)); });
    }

    /// Users came, went or said something else of themselves.
    void on_user_status(std::function<void(const std::vector<UserStatus>& statuses)> handler) {
        events_.user_status_changed.set(detail::with_value(std::move(handler)));
    }

    /// All functions of the C API. One that this version does not have yet answers 7013.
    const Calls& calls() const noexcept { return calls_; }

    /// All events of the C API.
    Events& events() noexcept { return events_; }

protected:
    explicit Chat(std::uint64_t client) : calls_(client), events_(client) {}
    ~Chat() = default;

private:
    static std::string text_or(Json value) { return value.text().empty() ? "\"\"" : std::string(value.text()); }

    const Calls calls_;
    Events events_;
};

}  // namespace banter
