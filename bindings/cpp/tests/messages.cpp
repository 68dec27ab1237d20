/// What happens to messages, and what goes with them, through a real server.
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "player.hpp"

using banter::Message;
using banter::NewMessage;

namespace {

std::string contents(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

void files(const test::Server& server) {
    Player alice(server, "alice", server.alice), bob(server, "bob", server.bob);
    const std::string path = server.folder + "/地图.bin", copy = server.folder + "/copy.bin";
    std::string bytes;
    for (unsigned i = 0; i < 300000; i++) bytes += static_cast<char>(i * i % 251);
    std::ofstream(path, std::ios::binary) << bytes;

    std::uint64_t uploaded = 0;
    alice.client->on_upload([&](const Message& message, unsigned element, const banter::Progress& progress) {
        REQUIRE(message.conversation == "bob" && element == 1 && progress.total == bytes.size() && progress.bytes >= uploaded);
        uploaded = progress.bytes;
    });
    const auto sent = alice.get<Message>([&](banter::MessageHandler done) {
        return alice.client->send("bob", NewMessage().text("the map").file(path, "地图"), std::move(done));
    });
    REQUIRE(uploaded == bytes.size());
    REQUIRE(sent.elements.size() == 2 && sent.elements[0].url.empty() && !sent.elements[1].url.empty());
    hear(bob, 1);
    const auto& element = bob.heard[0].elements[1];
    REQUIRE(element.type == banter::ElemType::File && !element.url.empty());
    REQUIRE(banter::Json(element.json)[banter::key::file_elem_file_name].string() == "地图");
    std::uint64_t downloaded = 0;
    bob.run([&](banter::Handler done) {
        return bob.client->download(element, copy, std::move(done), [&](const banter::Progress& progress) { downloaded = progress.bytes; });
    });
    REQUIRE(contents(copy) == bytes && downloaded <= bytes.size());
    REQUIRE(bob.client->download(bob.heard[0].elements[0], copy, {}) == TIM_ERR_PARAM);  // a text

    auto missing = banter::async_value<Message>([&](banter::MessageHandler done) {
        return alice.client->send("bob", NewMessage().image(server.folder + "/nothing.png"), std::move(done));
    });
    REQUIRE(!banter::wait(*alice.client, missing).ok());
    const auto face = alice.get<Message>([&](banter::MessageHandler done) {
        return alice.client->send("bob", NewMessage().face(7, "wink"), std::move(done));
    });
    REQUIRE(banter::Json(face.elements[0].json)[banter::key::face_elem_index].number() == 7);
}

void modify(const test::Server& server) {
    Player alice(server, "alice", server.alice), bob(server, "bob", server.bob);
    std::vector<Message> modified;
    bob.client->on_messages_modified([&](const std::vector<Message>& messages) { modified = messages; });
    const auto sent = alice.says("bob", "a draw?");
    hear(bob, 1);
    const auto changed = alice.get<Message>([&](banter::MessageHandler done) {
        return alice.client->modify(sent, NewMessage().text("a draw.").cloud_data("agreed"), std::move(done));
    });
    REQUIRE(changed.id == sent.id && changed.text == "a draw." && changed.cloud_data == "agreed");
    bob.until([&] { return modified.size() == 1; });
    REQUIRE(modified[0].id == sent.id && modified[0].text == "a draw." && modified[0].seq == sent.seq);
    auto late = banter::async_value<Message>(
        [&](banter::MessageHandler done) { return bob.client->modify(bob.heard[0], NewMessage().text("no"), std::move(done)); });
    const auto lost = banter::wait(*bob.client, late);  // what bob has read is not what it is by now
    REQUIRE(lost.code == 8006 && lost.value.text == "a draw.");
}

void receipts_and_drafts(const test::Server& server) {
    Player alice(server, "alice", server.alice), bob(server, "bob", server.bob);
    std::vector<banter::ReadReceipt> read;
    alice.client->on_read_receipts([&](const std::vector<banter::ReadReceipt>& receipts) {
        for (const auto& receipt : receipts) read.push_back(receipt);
    });
    const auto sent = alice.get<Message>([&](banter::MessageHandler done) {
        return alice.client->send("bob", NewMessage().text("did you see?").wants_receipt(), std::move(done));
    });
    alice.says("bob", "and this");
    hear(bob, 2);
    bob.run([&](banter::Handler done) { return bob.client->send_read_receipts(bob.heard, std::move(done)); });
    alice.until([&] { return !read.empty(); });
    REQUIRE(read.size() == 1 && read[0].id == sent.id && read[0].conversation == "bob" && read[0].read_by_peer);

    REQUIRE(bob.client->set_draft("alice", "well, \"maybe\" 😀") == TIM_SUCC);
    REQUIRE(bob.conversations()[0].draft == "well, \"maybe\" 😀");
    REQUIRE(bob.client->set_draft("alice", "") == TIM_SUCC);
    REQUIRE(bob.conversations()[0].draft.empty());

    const auto page = [&] {
        return bob.get<std::vector<Message>>([&](banter::MessagesHandler done) { return bob.client->older("alice", 10, nullptr, std::move(done)); });
    };
    bob.run([&](banter::Handler done) { return bob.client->delete_messages("alice", {bob.heard[0]}, std::move(done)); });
    REQUIRE(page().size() == 1 && page()[0].text == "and this");
    bob.run([&](banter::Handler done) { return bob.client->clear_history("alice", std::move(done)); });
    REQUIRE(page().empty() && bob.conversations().size() == 1);
}
