/// A player who is logged in, for the tests of what players do together.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "banter/future.hpp"
#include "check.hpp"

/// A player who is logged in, and what they heard.
struct Player {
    Player(const test::Server& server, const std::string& name, const std::string& ticket,
           banter::CallbackMode mode = banter::CallbackMode::pump)
        : client(test::start(server, name.c_str(), {}, mode)) {
        client->on_messages([this](const std::vector<banter::Message>& messages) {
            for (const auto& message : messages) heard.push_back(message);
        });
        client->on_messages_recalled([this](const std::vector<banter::Recall>& recalls) {
            for (const auto& recall : recalls) recalled.push_back(recall);
        });
        client->on_conversations([this](banter::ConvEvent event, const std::vector<banter::Conversation>& conversations) {
            if (event == banter::ConvEvent::Finish) synced = true;
            for (const auto& conversation : conversations) changed = conversation;
        });
        client->on_total_unread([this](std::uint64_t count) { unread = count; });
        if (mode == banter::CallbackMode::thread) return;
        REQUIRE(test::login(*client, name, ticket) == 0);
        until([this] { return synced; });
    }

    template <class Condition>
    void until(Condition&& condition) const {
        test::pump_until(*client, condition);
    }

    /// Runs a call and returns what it brings.
    template <class Value, class Call>
    Value get(Call&& call) const {
        auto answer = banter::async_value<Value>(call);
        const auto came = banter::wait(*client, answer);
        REQUIRE(came.ok());
        return came.value;
    }
    template <class Call>
    void run(Call&& call) const {
        auto answer = banter::async(call);
        REQUIRE(banter::wait(*client, answer).ok());
    }

    banter::Message says(const char* to, const std::string& text) const {
        return get<banter::Message>([&](banter::MessageHandler done) { return client->send_text(to, text, std::move(done)); });
    }
    std::vector<banter::Conversation> conversations() const {
        return get<std::vector<banter::Conversation>>([&](banter::ConversationsHandler done) { return client->conversations(std::move(done)); });
    }
    std::uint64_t total() const {
        return get<std::uint64_t>([&](banter::NumberHandler done) { return client->total_unread(std::move(done)); });
    }

    std::vector<banter::Message> heard;
    std::vector<banter::Recall> recalled;
    banter::Conversation changed;
    std::uint64_t unread = 0;
    bool synced = false;
    std::unique_ptr<banter::Client> client;  // last: it ends before what its handlers use
};

inline void hear(const Player& player, std::size_t count) {
    player.until([&] { return player.heard.size() >= count; });
    REQUIRE(player.heard.size() == count);
}
