/// What the tests check with, and what they share: a server, its tickets, and waiting.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "banter/client.hpp"

/// Ends the program when condition does not hold, and says where.
#define REQUIRE(condition) test::require((condition), #condition, __FILE__, __LINE__)

namespace test {

inline void require(bool holds, const char* condition, const char* file, int line) {
    if (holds) return;
    std::fprintf(stderr, "%s:%d: %s\n", file, line, condition);
    std::_Exit(1);
}

/// The program's arguments after the name of the test.
struct Server {
    std::string url;
    std::uint64_t app_id;
    std::string folder;    // of this run alone
    std::string alice;     // tickets that are good for an hour
    std::string newer;     // of alice too
    std::string bob;
    std::string short_one; // of alice, for a few seconds
};

inline banter::Config config(const Server& server, const char* name, banter::CallbackMode mode) {
    banter::Config config;
    config.app_id = server.app_id;
    config.server_url = server.url;
    config.mode = mode;
    config.config_path = server.folder + "/" + name;
    config.log_path = server.folder + "/log";
    return config;
}

inline std::unique_ptr<banter::Client> start(const Server& server, const char* name, banter::Listeners on = {},
                                             banter::CallbackMode mode = banter::CallbackMode::pump) {
    auto client = banter::Client::create(config(server, name, mode), std::move(on));
    REQUIRE(client != nullptr);
    return client;
}

/// Waits until condition holds, 60 s at most, and runs turn meanwhile.
template <class Turn, class Condition>
void wait_until(Turn&& turn, Condition&& condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!condition()) {
        turn();
        REQUIRE(std::chrono::steady_clock::now() < end);
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

template <class Condition>
void pump_until(const banter::Client& client, Condition&& condition) {
    wait_until([&] { client.pump(0); }, condition);
}

/// Logs in and returns the code.
inline std::int32_t login(const banter::Client& client, const std::string& user, const std::string& ticket) {
    std::int32_t code = -1;
    REQUIRE(client.login(user, ticket, [&](const banter::Result& result) { code = result.code; }) == TIM_SUCC);
    pump_until(client, [&] { return code != -1; });
    return code;
}

}  // namespace test

/// The tests, by name: one line for each in main.cpp.
void login_and_logout(const test::Server&);
void switching_accounts(const test::Server&);
void kicked_by_another_device(const test::Server&);
void expiry(const test::Server&);
void renewal(const test::Server&);
void renewal_after_the_end(const test::Server&);
void callback_thread(const test::Server&);
void texts_of_all_languages(const test::Server&);
void two_clients(const test::Server&);
void futures(const test::Server&);
void refused_settings(const test::Server&);
void values(const test::Server&);
void handlers_are_freed_once(const test::Server&);
void end_inside_a_handler(const test::Server&);
void end_inside_a_listener(const test::Server&);
void end_inside_an_event(const test::Server&);
void end_on_the_callback_thread(const test::Server&);
void many_threads(const test::Server&);
void json(const test::Server&);
void chat(const test::Server&);
void recall(const test::Server&);
void history(const test::Server&);
void failed_messages(const test::Server&);
void user_status(const test::Server&);
void chat_on_the_callback_thread(const test::Server&);
void files(const test::Server&);
void modify(const test::Server&);
void receipts_and_drafts(const test::Server&);
