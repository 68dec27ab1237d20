/// How calls end: the result, the handler that gets it, and what keeps the handler alive.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include "Generated/codes.hpp"
#include "order.hpp"
#include "select.hpp"
#include "text.hpp"

namespace banter {

/// How a call ended. The views are valid until the handler returns: copy what you keep.
struct Result {
    std::int32_t code;      ///< 0, or what went wrong: a constant of banter::code
    std::string_view desc;  ///< for whoever must act on it, in English
    std::string_view json;  ///< what the call brings; "" for a call that brings nothing

    bool ok() const noexcept { return code == 0; }

    /// What helps: to try again, to fetch a new ticket, or to stop.
    Advice advice() const noexcept { return advice_for(code); }
};

/// Runs exactly once, inside pump or on the library's callback thread, and is freed then. It
/// must not throw. It may start other calls, and may destroy the client.
using Handler = std::function<void(const Result&)>;

/// Gets the readers of a group message, and where the next page begins.
using MemberListHandler =
    std::function<void(std::string_view json_group_member_array, std::uint64_t next_seq, bool is_finished)>;

namespace detail {

/// The callback that runs a handler and frees it, for each kind of handler.
template <class>
struct Answer;

template <>
struct Answer<Handler> {
    static void run(std::int32_t code, const char* desc, const char* json, const void* user_data) noexcept {
        take_over(user_data);
        const std::unique_ptr<const Handler> handler(static_cast<const Handler*>(user_data));
        (*handler)(Result{code, view(desc), view(json)});
    }
};

template <>
struct Answer<MemberListHandler> {
    static void run(const char* members, std::uint64_t next_seq, bool finished, const void* user_data) noexcept {
        take_over(user_data);
        const std::unique_ptr<const MemberListHandler> handler(static_cast<const MemberListHandler*>(user_data));
        (*handler)(view(members), next_seq, finished);
    }
};

/// What a message is sent with: two handlers, of which the second ends the call.
struct MessageHandlers {
    Handler id;
    Handler done;

    static void run_id(std::int32_t code, const char* desc, const char* json, const void* user_data) noexcept {
        take_over(user_data);
        const auto& handlers = *static_cast<const MessageHandlers*>(user_data);
        if (handlers.id) handlers.id(Result{code, view(desc), view(json)});
    }
    static void run_done(std::int32_t code, const char* desc, const char* json, const void* user_data) noexcept {
        take_over(user_data);
        const std::unique_ptr<const MessageHandlers> handlers(static_cast<const MessageHandlers*>(user_data));
        if (handlers->done) handlers->done(Result{code, view(desc), view(json)});
    }
};

/// What a download is begun with: two handlers, of which the second ends the call.
struct ProgressHandlers {
    Handler progress;
    Handler done;

    static void run(std::int32_t code, const char* desc, const char* json, const void* user_data) noexcept {
        take_over(user_data);
        const auto* const handlers = static_cast<const ProgressHandlers*>(user_data);
        if (code == 0 && view(desc) == "downloading") {
            if (handlers->progress) handlers->progress(Result{code, view(desc), view(json)});
            return;
        }
        const std::unique_ptr<const ProgressHandlers> ended(handlers);
        if (ended->done) ended->done(Result{code, view(desc), view(json)});
    }
};

/// Calls native for a client, with the handler as its callback and user_data. The handler is
/// the library's when native accepts it, and gone when it does not.
template <class Some, class Native>
int start(std::uint64_t client, Some handler, Native&& native) {
    const Selection selection(client);
    if (!selection.ok()) return selection.result();
    if (!handler) return native(nullptr, nullptr);
    auto handed = std::make_unique<Some>(std::move(handler));
    hand_over(handed.get());
    const int result = native(&Answer<Some>::run, handed.get());
    if (result == TIM_SUCC) static_cast<void>(handed.release());  // run has freed it, or will
    return result;
}

/// start for a message.
template <class Native>
int start_message(std::uint64_t client, Handler id, Handler done, Native&& native) {
    const Selection selection(client);
    if (!selection.ok()) return selection.result();
    auto handed = std::make_unique<MessageHandlers>(MessageHandlers{std::move(id), std::move(done)});
    hand_over(handed.get());
    const int result = native(&MessageHandlers::run_id, &MessageHandlers::run_done, handed.get());
    if (result == TIM_SUCC) static_cast<void>(handed.release());
    return result;
}

/// start for a download.
template <class Native>
int start_progress(std::uint64_t client, Handler progress, Handler done, Native&& native) {
    const Selection selection(client);
    if (!selection.ok()) return selection.result();
    auto handed = std::make_unique<ProgressHandlers>(ProgressHandlers{std::move(progress), std::move(done)});
    hand_over(handed.get());
    const int result = native(&ProgressHandlers::run, handed.get());
    if (result == TIM_SUCC) static_cast<void>(handed.release());
    return result;
}

/// Calls native, which needs no handler, for a client.
template <class Native>
int ask(std::uint64_t client, Native&& native) {
    const Selection selection(client);
    return selection.ok() ? native() : selection.result();
}

/// Lets native write an id, and keeps it where it was asked for.
template <class Native>
int with_buffer(std::string* id, Native&& native) {
    if (id == nullptr) return native(nullptr);
    char buffer[128] = "";
    const int result = native(buffer);
    if (result == TIM_SUCC) *id = buffer;
    return result;
}

}  // namespace detail
}  // namespace banter
