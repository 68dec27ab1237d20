/// Two players who chat, through a real server.
#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "banter/history.hpp"
#include "player.hpp"

using banter::Message;
using banter::Result;

namespace {

const char* const all_languages = "你好，世界 \U0001F600 \"quoted\" C:\\ tab\t line\n é ك";

}  // namespace

void chat(const test::Server& server) {
    Player alice(server, "alice", server.alice), bob(server, "bob", server.bob);
    REQUIRE(bob.total() == 0);
    const auto sent = alice.says("bob", all_languages);
    REQUIRE(sent.text == all_languages && sent.from_self && sent.sender == "alice" && sent.conversation == "bob");
    REQUIRE(!sent.id.empty() && sent.time > 1600000000 && sent.status == banter::MsgStatus::SendSucc);
    hear(bob, 1);
    REQUIRE(bob.heard[0].text == all_languages && bob.heard[0].id == sent.id && bob.heard[0].conversation == "alice");
    REQUIRE(!bob.heard[0].from_self && bob.heard[0].seq == sent.seq);

    std::string id;
    const auto second = alice.get<Message>([&](banter::MessageHandler done) {
        return alice.client->send("bob", banter::NewMessage().text("map").custom("\x01{}").cloud_data("你"), std::move(done), &id);
    });
    REQUIRE(second.id == id);
    hear(bob, 2);
    REQUIRE(bob.heard[1].elements.size() == 2 && bob.heard[1].elements[1].type == banter::ElemType::Custom);
    REQUIRE(banter::Json(bob.heard[1].elements[1].json)[banter::key::custom_elem_data].string() == "\x01{}");
    REQUIRE(bob.heard[1].cloud_data == "你");
    bob.until([&] { return bob.unread == 2 && bob.changed.unread == 2; });

    bob.run([&](banter::Handler done) { return bob.client->mark_read("alice", nullptr, std::move(done)); });
    bob.until([&] { return bob.unread == 0; });
    REQUIRE(bob.total() == 0);
    bob.run([&](banter::Handler done) { return bob.client->pin("alice", true, std::move(done)); });
    const auto list = bob.conversations();
    REQUIRE(list.size() == 1 && list[0].id == "alice" && list[0].pinned && list[0].unread == 0);
    REQUIRE(list[0].has_last_message && list[0].last_message.id == id && list[0].last_message.text == "map");
    bob.run([&](banter::Handler done) { return bob.client->delete_conversation("alice", std::move(done)); });
    REQUIRE(bob.conversations().empty());
    REQUIRE(alice.conversations().size() == 1 && alice.heard.empty());
}

void recall(const test::Server& server) {
    Player alice(server, "alice", server.alice), bob(server, "bob", server.bob);
    const auto sent = alice.says("bob", "a slip of the tongue");
    hear(bob, 1);
    alice.run([&](banter::Handler done) { return alice.client->recall(sent, std::move(done)); });
    bob.until([&] { return bob.recalled.size() == 1; });
    REQUIRE(bob.recalled[0].id == sent.id && bob.recalled[0].conversation == "alice" && bob.recalled[0].revoker == "alice");
    std::vector<Message> modified;
    bob.client->on_messages_modified([&](const std::vector<Message>& messages) { modified = messages; });
    auto other = alice.says("bob", "before");
    other.json.replace(other.json.find("before"), 6, "after");
    alice.run([&](banter::Handler done) { return alice.client->calls().msg_modify_message(other.json, std::move(done)); });
    bob.until([&] { return modified.size() == 1; });
    REQUIRE(modified[0].id == other.id && modified[0].text == "after");
    alice.run([&](banter::Handler done) { return alice.client->recall(other, std::move(done)); });

    const auto page = bob.get<std::vector<Message>>(
        [&](banter::MessagesHandler done) { return bob.client->older("alice", 10, nullptr, std::move(done)); });
    REQUIRE(page.size() == 2 && page[1].id == sent.id && page[1].recalled() && page[1].text.empty());
    auto again = banter::async([&](banter::Handler done) { return alice.client->recall(sent, std::move(done)); });
    REQUIRE(banter::wait(*alice.client, again).code == 20023);
    auto not_hers = banter::async([&](banter::Handler done) { return bob.client->recall(page[1], std::move(done)); });
    REQUIRE(!banter::wait(*bob.client, not_hers).ok());
}

void history(const test::Server& server) {
    Player alice(server, "alice", server.alice), bob(server, "bob", server.bob);
    constexpr int count = 25;
    for (int i = 0; i < count; i++) alice.says("bob", std::to_string(i));
    banter::History pages(*bob.client, "alice", 10);
    std::vector<Message> read;
    for (int page = 0; page < 3; page++) {
        REQUIRE(!pages.at_end());
        const auto more = bob.get<std::vector<Message>>([&](banter::MessagesHandler done) {
            const int result = pages.older(std::move(done));
            REQUIRE(pages.older({}) == TIM_ERR_PARAM);  // one at a time
            return result;
        });
        read.insert(read.end(), more.begin(), more.end());
        alice.says("bob", "meanwhile");
    }
    REQUIRE(pages.at_end());
    std::set<std::string> ids;
    for (const auto& message : read) ids.insert(message.id);
    REQUIRE(read.size() == count && ids.size() == count);
    for (int i = 0; i < count; i++) REQUIRE(read[static_cast<std::size_t>(i)].text == std::to_string(count - 1 - i));
    REQUIRE(bob.get<std::vector<Message>>([&](banter::MessagesHandler done) { return pages.older(std::move(done)); }).empty());

    bool came = false;
    auto shorter = std::make_unique<banter::History>(*bob.client, "alice", 2);
    REQUIRE(shorter->older([&](const Result& result, const std::vector<Message>& page) { came = result.ok() && page.size() == 2; }) == TIM_SUCC);
    shorter.reset();  // before its page
    bob.until([&] { return came; });
}

void failed_messages(const test::Server& server) {
    Player alice(server, "alice", server.alice);
    auto refused = banter::async_value<Message>(
        [&](banter::MessageHandler done) { return alice.client->send_text("", "nobody", std::move(done)); });
    REQUIRE(banter::wait(*alice.client, refused).code < 0);
    auto failed = banter::async_value<Message>(
        [&](banter::MessageHandler done) { return alice.client->send_text("bob", "too early", std::move(done)); });
    const auto answer = banter::wait(*alice.client, failed);  // bob has no account yet
    REQUIRE(answer.code == 20003 && answer.value.text == "too early" && answer.value.status == banter::MsgStatus::SendFail);

    Player bob(server, "bob", server.bob);
    const auto sent = alice.get<Message>([&](banter::MessageHandler done) { return alice.client->send_again(answer.value, std::move(done)); });
    REQUIRE(sent.id == answer.value.id && sent.status == banter::MsgStatus::SendSucc);
    alice.says("bob", "and another");
    hear(bob, 2);
    REQUIRE(bob.heard[0].id == sent.id && bob.heard[0].text == "too early" && bob.heard[1].text == "and another");
}

void user_status(const test::Server& server) {
    Player alice(server, "alice", server.alice);
    std::vector<banter::UserStatus> told;
    alice.client->on_user_status([&](const std::vector<banter::UserStatus>& statuses) {
        for (const auto& status : statuses) told.push_back(status);
    });
    alice.run([&](banter::Handler done) { return alice.client->subscribe_user_status({"bob"}, std::move(done)); });
    Player bob(server, "bob", server.bob);
    bob.run([&](banter::Handler done) { return bob.client->set_custom_status("在线 😀", std::move(done)); });
    alice.until([&] { return !told.empty() && told.back().custom == "在线 😀"; });
    REQUIRE(told.back().user == "bob" && told.back().online());
    const auto asked = alice.get<std::vector<banter::UserStatus>>(
        [&](banter::UserStatusHandler done) { return alice.client->user_status({"bob", "alice"}, std::move(done)); });
    REQUIRE(asked.size() == 2 && asked[0].user == "bob" && asked[0].online() && asked[0].custom == "在线 😀");
}

/// Handlers on the library's thread, and one that ends its client.
void chat_on_the_callback_thread(const test::Server& server) {
    constexpr int count = 50;
    std::atomic<int> heard{0}, answered{0}, logged_in{0};
    auto bob = test::start(server, "bob", {}, banter::CallbackMode::thread);
    const auto alice = test::start(server, "alice", {}, banter::CallbackMode::thread);
    std::atomic<bool> ended{false};
    bob->on_messages([&](const std::vector<Message>& messages) {
        for (const auto& message : messages) {
            REQUIRE(message.text == std::to_string(heard.load()));  // in order
            heard++;
        }
        if (heard < count) return;
        bob.reset();
        ended = true;
    });
    const auto in = [&](const Result& result) {
        REQUIRE(result.ok());
        logged_in++;
    };
    REQUIRE(bob->login("bob", server.bob, in) == TIM_SUCC);
    REQUIRE(alice->login("alice", server.alice, in) == TIM_SUCC);
    test::wait_until([] {}, [&] { return logged_in == 2; });
    for (int i = 0; i < count; i++) {
        REQUIRE(alice->send_text("bob", std::to_string(i), [&](const Result& result, const Message& message) {
            REQUIRE(result.ok() && message.sender == "alice");
            answered++;
        }) == TIM_SUCC);
    }
    test::wait_until([] {}, [&] { return ended.load() && answered == count; });
}
