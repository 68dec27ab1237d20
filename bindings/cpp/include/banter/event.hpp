/// Events: handlers that outlive the call that set them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "order.hpp"
#include "select.hpp"

namespace banter {

/// One event of a client, and the game's handler for it. Any thread may set another at any
/// time, also inside the handler; one that is running meanwhile ends as it is.
template <class... Args>
class Event {
public:
    using Handler = std::function<void(Args...)>;

    /// Tells the library whether somebody listens. It runs with the client selected.
    using Listen = void (*)(bool on, const void* user_data);

    Event(std::uint64_t client, Listen listen) noexcept : client_(client), listen_(listen) {}
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;

    /// Runs handler from now on, instead of the one before; an empty one: none.
    void set(Handler handler) {
        auto next = handler ? std::make_shared<const Handler>(std::move(handler)) : nullptr;
        const std::lock_guard<std::mutex> guard(mutex_);
        if ((next == nullptr) != (handler_ == nullptr)) {
            const Selection selection(client_);
            detail::hand_over(this);
            if (selection.ok()) listen_(next != nullptr, this);
        }
        handler_.swap(next);
    }

    /// Runs the handler, if there is one. The library's callback calls it; after the handler
    /// has returned nothing of the event is touched, so that it may destroy the client.
    void raise(Args... args) const noexcept {
        detail::take_over(this);
        if (const auto handler = current()) (*handler)(args...);
    }

private:
    std::shared_ptr<const Handler> current() const {
        const std::lock_guard<std::mutex> guard(mutex_);
        return handler_;
    }

    const std::uint64_t client_;
    const Listen listen_;
    mutable std::mutex mutex_;  // guards handler_
    std::shared_ptr<const Handler> handler_;
};

}  // namespace banter
