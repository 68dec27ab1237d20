/// Logging in, being kicked, and tickets that run out, against a real server.
#include <atomic>
#include <thread>
#include <vector>

#include "check.hpp"

using banter::LoginStatus;
using test::login;
using test::pump_until;
using test::start;

void login_and_logout(const test::Server& server) {
    std::vector<banter::NetworkStatus> network;
    const auto here = std::this_thread::get_id();
    banter::Listeners on;
    on.network = [&](banter::NetworkStatus status, std::int32_t, std::string_view) {
        REQUIRE(std::this_thread::get_id() == here);
        network.push_back(status);
    };
    const auto client = start(server, "a", std::move(on));
    REQUIRE(client->login_status() == LoginStatus::UnLogined);

    bool done = false;
    REQUIRE(client->login("alice", server.alice, [&](const banter::Result& result) {
        REQUIRE(result.ok());
        REQUIRE(result.json.empty());
        REQUIRE(result.advice() == banter::Advice::none);
        done = true;
    }) == TIM_SUCC);
    REQUIRE(client->login_status() == LoginStatus::Logining || client->login_status() == LoginStatus::Logined);
    pump_until(*client, [&] { return done; });
    REQUIRE(client->login_status() == LoginStatus::Logined);
    REQUIRE(client->login_user_id() == "alice");
    REQUIRE(client->server_time() > 1600000000);
    REQUIRE(network.size() == 2);
    REQUIRE(network[0] == banter::NetworkStatus::Connecting);
    REQUIRE(network[1] == banter::NetworkStatus::Connected);

    done = false;
    REQUIRE(client->logout([&](const banter::Result& result) { done = result.ok(); }) == TIM_SUCC);
    pump_until(*client, [&] { return done; });
    REQUIRE(client->login_status() == LoginStatus::UnLogined);
    REQUIRE(client->login_user_id().empty());
}

void switching_accounts(const test::Server& server) {
    const auto client = start(server, "a");
    REQUIRE(login(*client, "alice", server.alice) == 0);
    REQUIRE(login(*client, "bob", server.alice) == banter::code::svr_account_usersig_mismatch_id);
    REQUIRE(login(*client, "bob", server.bob) == 0);
    REQUIRE(client->login_user_id() == "bob");
}

void kicked_by_another_device(const test::Server& server) {
    std::vector<banter::Kick> kicks;
    std::vector<std::string> notices;
    banter::Listeners on;
    on.kicked = [&](const banter::Kick& kick) { kicks.push_back(kick); };
    on.notice = [&](std::string_view key, std::string_view) { notices.emplace_back(key); };
    const auto first = start(server, "a", std::move(on));
    REQUIRE(login(*first, "alice", server.alice) == 0);

    const auto second = start(server, "b");
    REQUIRE(login(*second, "alice", server.alice) == 0);
    pump_until(*first, [&] { return !kicks.empty(); });
    REQUIRE(kicks.size() == 1);
    REQUIRE(kicks[0].reason == banter::KickReason::other_device);
    REQUIRE(kicks[0].time > 1600000000);
    REQUIRE(notices == std::vector<std::string>{"banter_kicked"});
    REQUIRE(first->login_status() == LoginStatus::UnLogined);
    REQUIRE(second->login_status() == LoginStatus::Logined);
}

void expiry(const test::Server& server) {
    int expired = 0;
    std::int64_t expires_in = -1;
    banter::Listeners on;
    on.usersig_expired = [&] { expired++; };
    on.usersig_expiring = [&](std::int64_t seconds) { expires_in = seconds; };
    const auto client = start(server, "a", std::move(on));
    REQUIRE(login(*client, "alice", server.short_one) == 0);
    pump_until(*client, [&] { return expired == 1; });
    REQUIRE(expires_in >= 0 && expires_in < 60);
    REQUIRE(client->login_status() == LoginStatus::UnLogined);
    REQUIRE(login(*client, "alice", server.short_one) == banter::code::svr_account_usersig_expired);
    REQUIRE(banter::advice_for(banter::code::svr_account_usersig_expired) == banter::Advice::new_ticket);
}

void renewal(const test::Server& server) {
    std::thread fetching;
    std::vector<std::string> asked;
    int expired = 0;
    std::int32_t renewed = -1;
    banter::Listeners on;
    on.usersig_expired = [&] { expired++; };
    on.renewed = [&](const banter::Result& result) { renewed = result.code; };
    on.fetch_ticket = [&](const std::string& user, banter::TicketReply reply) {
        asked.push_back(user);
        REQUIRE(asked.size() == 1);  // the new ticket is good for an hour
        fetching = std::thread([&server, reply = std::move(reply)] { reply(server.newer); });
    };
    const auto client = start(server, "a", std::move(on));
    REQUIRE(login(*client, "alice", server.short_one) == 0);
    pump_until(*client, [&] { return renewed != -1; });
    fetching.join();
    REQUIRE(renewed == 0);
    REQUIRE(asked[0] == "alice");
    const auto past = client->server_time() + 7;  // the short ticket has ended by then
    pump_until(*client, [&] { return client->server_time() > past; });
    REQUIRE(client->login_status() == LoginStatus::Logined);
    REQUIRE(expired == 0);
}

void renewal_after_the_end(const test::Server& server) {
    banter::TicketReply late;
    banter::Listeners on;
    on.fetch_ticket = [&](const std::string&, banter::TicketReply reply) { late = std::move(reply); };
    on.renewed = [](const banter::Result&) { REQUIRE(false); };
    auto client = start(server, "a", std::move(on));
    REQUIRE(login(*client, "alice", server.short_one) == 0);
    pump_until(*client, [&] { return late != nullptr; });

    late("");  // there is none to be had: the client goes on as it is
    REQUIRE(login(*client, "bob", server.bob) == 0);
    late(server.newer);  // it is alice's, and bob is here now
    REQUIRE(client->login_user_id() == "bob");
    client.reset();
    late(server.newer);
}

void callback_thread(const test::Server& server) {
    const auto here = std::this_thread::get_id();
    std::atomic<int> on_thread{0};
    std::atomic<bool> done{false};
    banter::Listeners on;
    on.network = [&](banter::NetworkStatus, std::int32_t, std::string_view) {
        REQUIRE(std::this_thread::get_id() != here);
        on_thread++;
    };
    const auto client = start(server, "a", std::move(on), banter::CallbackMode::thread);
    REQUIRE(client->login("alice", server.alice, [&](const banter::Result& result) {
        REQUIRE(std::this_thread::get_id() != here);
        REQUIRE(result.ok());
        done = true;
    }) == TIM_SUCC);
    test::wait_until([] {}, [&] { return done.load(); });
    REQUIRE(on_thread == 2);
    REQUIRE(client->pump(0) == 0);
}
