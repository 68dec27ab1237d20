/// A game's first evening with the library, in C++: the transcript of capi/harness/demo.c.
///
///   demo SERVER_URL APP_ID CONFIG_FOLDER USER TICKET EXPIRED OTHER_KEY TRUNCATED OTHER_USER
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "banter/client.hpp"

namespace {

void say(const char* line) {
    std::puts(line);
    std::fflush(stdout);
}

[[noreturn]] void fail(const char* what) {
    std::printf("  %s\n", what);
    std::exit(1);
}

/// A device of a player: a client, and what its listeners saw last. A quiet one prints nothing
/// of its link.
class Device {
public:
    Device(const char* server_url, const char* app_id, std::string folder, bool quiet = false) : quiet_(quiet) {
        banter::Config config;
        config.app_id = std::strtoull(app_id, nullptr, 10);
        config.server_url = server_url;
        config.config_path = std::move(folder);
        client_ = banter::Client::create(config, listeners());
        if (client_ == nullptr) fail("the library refuses to start");
        client_->on_messages([this](const std::vector<banter::Message>& messages) {
            for (const auto& message : messages) {
                std::printf("%-5s <- %s: %s\n", client_->login_user_id().c_str(), message.sender.c_str(), message.text.c_str());
                heard_ = true;
            }
        });
        wait_for(connected_, "connection");
    }

    void login(const char* user, const char* ticket, std::int32_t code) {
        bool done = false;
        const int result = client_->login(user, ticket, [this, &done, code](const banter::Result& result) {
            if (!quiet_) std::printf("  login: %d %s\n", static_cast<int>(result.code), std::string(result.desc).c_str());
            if (result.code != code) fail("another code was expected");
            done = true;
        });
        if (result != TIM_SUCC) fail("the login was refused");
        wait_for(done, "answer");
    }

    void logout() {
        bool done = false;
        client_->logout([&done](const banter::Result& result) {
            std::printf("  logout: %d %s\n", static_cast<int>(result.code), std::string(result.desc).c_str());
            done = result.ok();
        });
        wait_for(done, "answer");
    }

    /// Sends a text to another device of this process, and waits until it is there.
    void send_text(Device& to, const char* text) {
        const std::string user = to.client_->login_user_id();
        std::printf("%-5s -> %s: %s\n", client_->login_user_id().c_str(), user.c_str(), text);
        bool done = false;
        client_->send_text(user, text, [&done](const banter::Result& result, const banter::Message&) { done = result.ok(); });
        wait_for(done, "answer");
        to.wait_for(to.heard_, "message");
        to.heard_ = false;
    }

    void wait_for_kick() { wait_for(kicked_, "kick"); }

    void print_status() const { std::printf("  status %d\n", static_cast<int>(client_->login_status())); }

    void print_session() const {
        print_status();
        std::printf("  user id %s\n", client_->login_user_id().c_str());
        const auto apart = static_cast<std::int64_t>(client_->server_time()) - static_cast<std::int64_t>(std::time(nullptr));
        std::printf("  server time: %s\n", apart >= -2 && apart <= 2 ? "the same as here" : "another than here");
    }

private:
    banter::Listeners listeners() {
        banter::Listeners on;
        on.network = [this](banter::NetworkStatus status, std::int32_t code, std::string_view desc) {
            static const char* const names[] = {"connected", "disconnected", "connecting", "connect failed"};
            connected_ = status == banter::NetworkStatus::Connected;
            if (quiet_) return;
            std::printf("  network: %s", names[static_cast<int>(status)]);
            if (code != 0) std::printf(" (%d %s)", static_cast<int>(code), std::string(desc).c_str());
            std::printf("\n");
        };
        on.notice = [](std::string_view key, std::string_view) { std::printf("  notice: %s\n", std::string(key).c_str()); };
        on.kicked = [this](const banter::Kick&) {
            kicked_ = true;
            std::printf("  kicked offline\n");
        };
        return on;
    }

    /// Pumps until flag is set, at most 20 s.
    void wait_for(const bool& flag, const char* what) const {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (!flag) {
            if (client_->pump(0) == 0 && std::chrono::steady_clock::now() > end) fail(what);
        }
    }

    const bool quiet_;
    bool connected_ = false;
    bool heard_ = false;
    bool kicked_ = false;
    std::unique_ptr<banter::Client> client_;  // last, so that it ends before what its listeners use
};

/// Two players write to each other. Bob plays in this process too.
void chat(Device& alice, char** argv) {
    Device bob(argv[1], argv[2], std::string(argv[3]) + "-bob", true);
    bob.login("bob", argv[9], 0);
    alice.send_text(bob, "Hello, bob!");
    bob.send_text(alice, "Hello, alice! 你好");
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 10) {
        std::fprintf(stderr, "usage: demo SERVER_URL APP_ID CONFIG_FOLDER USER TICKET EXPIRED OTHER_KEY TRUNCATED OTHER_USER\n");
        return 2;
    }
    const char* const user = argv[4];
    std::printf("version %s\n", banter::sdk_version());
    say("init");
    auto device = std::make_unique<Device>(argv[1], argv[2], argv[3]);
    say("log in");
    device->login(user, argv[5], 0);
    device->print_session();
    say("the same user logs in on a second device");
    Device(argv[1], argv[2], std::string(argv[3]) + "-second").login(user, argv[5], 0);
    device->wait_for_kick();
    device->print_status();
    say("a ticket that has expired");
    device->login(user, argv[6], banter::code::svr_account_usersig_expired);
    say("a ticket made with another app's key");
    device->login(user, argv[7], banter::code::svr_account_usersig_mismatch_publickey);
    say("a ticket cut short");
    device->login(user, argv[8], banter::code::svr_account_usersig_check_failed);
    say("another user's ticket");
    device->login(user, argv[9], banter::code::svr_account_usersig_mismatch_id);
    say("log in again");
    device->login(user, argv[5], 0);
    chat(*device, argv);
    say("log out");
    device->logout();
    device->print_status();
    say("uninit");
    device.reset();
    say("done");
}
