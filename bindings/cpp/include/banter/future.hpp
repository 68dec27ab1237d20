/// Calls as futures, for tools and tests, and for games that keep futures in their frame.
///
///     auto answer = banter::async([&](banter::Handler done) {
///         return client->login("alice", ticket, std::move(done));
///     });
///     if (banter::wait(*client, answer).ok()) { ... }
#pragma once

#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "client.hpp"

namespace banter {

/// A Result that owns its texts.
struct Answer {
    std::int32_t code = 0;  ///< as in Result; what the call returned, if it was refused
    std::string desc;
    std::string json;

    bool ok() const noexcept { return code == 0; }
    Advice advice() const noexcept { return advice_for(code); }
};

/// Starts a call that is given a handler, and returns the future of its answer. A call that is
/// refused is answered at once, with the negative number that it returned.
template <class Call>
std::future<Answer> async(Call&& call) {
    const auto promise = std::make_shared<std::promise<Answer>>();
    auto future = promise->get_future();
    const int result = call(Handler([promise](const Result& answer) {
        promise->set_value(Answer{answer.code, std::string(answer.desc), std::string(answer.json)});
    }));
    if (result != TIM_SUCC) promise->set_value(Answer{result, "the call was refused", {}});
    return future;
}

/// An Answer with what the call brings as a value.
template <class Value>
struct ValueAnswer : Answer {
    Value value;
};

/// async for a call whose handler takes a value:
///
///     auto answer = banter::async_value<banter::Message>([&](banter::MessageHandler done) {
///         return client->send_text("bob", "Hello, bob!", std::move(done));
///     });
template <class Value, class Call>
std::future<ValueAnswer<Value>> async_value(Call&& call) {
    const auto promise = std::make_shared<std::promise<ValueAnswer<Value>>>();
    auto future = promise->get_future();
    const int result = call(ValueHandler<Value>([promise](const Result& answer, const Value& value) {
        promise->set_value({{answer.code, std::string(answer.desc), std::string(answer.json)}, value});
    }));
    if (result != TIM_SUCC) promise->set_value({{result, "the call was refused", {}}, {}});
    return future;
}

/// Waits for an answer, and pumps meanwhile. Not for handlers, where it would wait for ever.
template <class Some>
Some wait(const Client& client, std::future<Some>& future) {
    while (future.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
        if (client.pump(0) == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return future.get();
}

}  // namespace banter
