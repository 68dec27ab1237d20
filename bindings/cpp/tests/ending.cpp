/// How things end: handlers are run and freed exactly once, whatever ends first.
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "check.hpp"

using test::start;

namespace {

/// Counts how often its handlers ran, and how many of them there are.
struct Tally {
    std::shared_ptr<std::atomic<int>> runs = std::make_shared<std::atomic<int>>(0);

    banter::Handler handler(std::int32_t want) const {
        return [runs = runs, want](const banter::Result& result) {
            REQUIRE(want == -1 || result.code == want);
            (*runs)++;
        };
    }
    long handlers() const { return runs.use_count() - 1; }
};

void freed_once(const test::Server& server, banter::CallbackMode mode) {
    Tally refused, ended;
    auto client = start(server, "a", {}, mode);
    for (int i = 0; i < 10; i++) {
        REQUIRE(client->calls().group_create(nullptr, refused.handler(0)) == TIM_ERR_PARAM);
        REQUIRE(client->calls().group_create("{", refused.handler(0)) == TIM_ERR_JSON);
        REQUIRE(client->login("", server.alice, refused.handler(0)) == TIM_ERR_PARAM);
        REQUIRE(client->calls().msg_send_new_msg_ex("bob", banter::ConvType::C2C, "[", refused.handler(0), refused.handler(0)) ==
                TIM_ERR_JSON);
    }
    REQUIRE(refused.handlers() == 0);
    REQUIRE(*refused.runs == 0);

    REQUIRE(client->login("alice", server.alice, ended.handler(-1)) == TIM_SUCC);
    for (int i = 0; i < 10; i++) {
        REQUIRE(client->calls().get_user_status("[\"bob\"]", ended.handler(-1)) == TIM_SUCC);
        REQUIRE(client->calls().get_user_status("[\"bob\"]") == TIM_SUCC);  // nobody asks how it went
    }
    client.reset();
    REQUIRE(*ended.runs == 11);
    REQUIRE(ended.handlers() == 0);
}

/// The calls whose handlers are of another kind: a message has two, and its id comes at once.
void freed_once_of_messages(const test::Server& server) {
    Tally id, done;
    auto client = start(server, "a");
    const std::string json = "{\"message_conv_id\":\"bob\"}";
    std::string message_id;
    REQUIRE(client->calls().msg_send_message("bob", banter::ConvType::C2C, json, &message_id, done.handler(-1)) == TIM_SUCC);
    REQUIRE(!message_id.empty());
    REQUIRE(client->calls().msg_send_message("bob", banter::ConvType::C2C, json, nullptr) == TIM_SUCC);
    REQUIRE(client->calls().msg_send_new_msg_ex("bob", banter::ConvType::C2C, json, id.handler(-1), done.handler(-1)) == TIM_SUCC);
    REQUIRE(client->calls().msg_send_new_msg_ex("bob", banter::ConvType::C2C, json) == TIM_SUCC);
    REQUIRE(client->calls().msg_get_group_message_read_member_list(
                json, banter::GroupMessageReadMembersFilter::Read, 0, 10,
                [runs = done.runs](std::string_view, std::uint64_t, bool) { (*runs)++; }) == TIM_SUCC);
    client.reset();
    REQUIRE(*done.runs == 3);
    REQUIRE(done.handlers() == 0);
    REQUIRE(*id.runs <= 1);
    REQUIRE(id.handlers() == 0);
}

}  // namespace

void handlers_are_freed_once(const test::Server& server) {
    freed_once(server, banter::CallbackMode::pump);
    freed_once(server, banter::CallbackMode::thread);
    freed_once_of_messages(server);
}

void end_inside_a_handler(const test::Server& server) {
    Tally pending;
    auto client = start(server, "a");
    bool inside = false;
    REQUIRE(client->login("alice", server.alice, [&](const banter::Result&) {
        for (int i = 0; i < 5; i++) {
            REQUIRE(client->calls().get_user_status("[\"bob\"]", pending.handler(-1)) == TIM_SUCC);
        }
        client.reset();
        inside = true;
    }) == TIM_SUCC);
    const auto& kept = *client;  // pump itself may outlive the client that it was called on
    test::wait_until([&] { if (!inside) kept.pump(1); }, [&] { return inside; });
    REQUIRE(*pending.runs == 5);
    REQUIRE(pending.handlers() == 0);
    REQUIRE(test::login(*start(server, "b"), "alice", server.alice) == 0);
}

void end_inside_a_listener(const test::Server& server) {
    std::unique_ptr<banter::Client> client;
    const auto alive = std::make_shared<int>(0);
    bool inside = false;
    banter::Listeners on;
    on.network = [&, alive](banter::NetworkStatus status, std::int32_t, std::string_view) {
        if (status != banter::NetworkStatus::Connected) return;
        client.reset();
        REQUIRE(alive.use_count() > 1);  // the listener itself is still there
        inside = true;
    };
    client = start(server, "a", std::move(on));
    const auto& kept = *client;
    test::wait_until([&] { if (!inside) kept.pump(0); }, [&] { return inside; });
    REQUIRE(client == nullptr);
    REQUIRE(alive.use_count() == 1);
}

void end_inside_an_event(const test::Server& server) {
    auto alice = start(server, "a");
    REQUIRE(test::login(*alice, "alice", server.alice) == 0);
    bool subscribed = false;
    REQUIRE(alice->calls().subscribe_user_status("[\"bob\"]", [&](const banter::Result& result) {
        subscribed = result.ok();
    }) == TIM_SUCC);
    test::pump_until(*alice, [&] { return subscribed; });

    std::vector<std::string> statuses;
    auto& event = alice->events().user_status_changed;
    event.set([&](std::string_view json_user_status_array) {
        statuses.emplace_back(json_user_status_array);
        event.set([&](std::string_view) { alice.reset(); });  // this one goes on as it is
        statuses.emplace_back("still here");
    });
    const auto bob = start(server, "b");
    REQUIRE(test::login(*bob, "bob", server.bob) == 0);
    test::pump_until(*alice, [&] { return statuses.size() == 2; });
    REQUIRE(statuses[0].find("bob") != std::string::npos);

    REQUIRE(bob->logout() == TIM_SUCC);
    const auto& kept = *alice;
    test::wait_until([&] { bob->pump(0); if (alice) kept.pump(0); }, [&] { return alice == nullptr; });
}

void end_on_the_callback_thread(const test::Server& server) {
    Tally pending;
    for (int i = 0; i < 5; i++) {
        auto client = start(server, "a", {}, banter::CallbackMode::thread);
        std::atomic<bool> ended{false};
        REQUIRE(client->login("alice", server.alice, [&](const banter::Result&) {
            REQUIRE(client->calls().get_user_status("[\"bob\"]", pending.handler(-1)) == TIM_SUCC);
            client.reset();
            ended = true;
        }) == TIM_SUCC);
        test::wait_until([] {}, [&] { return ended.load(); });
    }
    test::wait_until([] {}, [&] { return *pending.runs == 5 && pending.handlers() == 0; });
}

void many_threads(const test::Server& server) {
    constexpr int calls = 200;
    Tally answered;
    const auto client = start(server, "a", {}, banter::CallbackMode::thread);
    REQUIRE(client->login("alice", server.alice, answered.handler(0)) == TIM_SUCC);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; t++) {
        threads.emplace_back([&] {
            for (int i = 0; i < calls; i++) {
                REQUIRE(client->calls().get_user_status("[\"bob\"]", answered.handler(-1)) == TIM_SUCC);
                if (i % 2 == 0) client->events().user_status_changed.set([](std::string_view) {});
                if (i % 2 == 1) client->events().user_status_changed.set(nullptr);
                const auto user = client->login_user_id();
                REQUIRE(user.empty() || user == "alice");
            }
        });
    }
    for (auto& thread : threads) thread.join();
    test::wait_until([] {}, [&] { return *answered.runs == 4 * calls + 1 && answered.handlers() == 0; });
}
