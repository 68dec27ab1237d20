/// Banter for C++17: one header over the C API, without exceptions and RTTI.
///
///     banter::Config config;
///     config.app_id = 1400000001;
///     config.server_url = "wss://chat.example.com:7000";
///     banter::Listeners on;
///     on.kicked = [](const banter::Kick& kick) { show_login_screen(kick.reason); };
///     auto client = banter::Client::create(config, std::move(on));
///
///     client->login("alice", ticket, [](const banter::Result& result) {
///         if (!result.ok()) show_error(result.desc);
///     });
///     client->pump(1000);  // once a frame
///
///     client->on_messages([](const std::vector<banter::Message>& messages) {
///         for (const auto& message : messages) show(message.sender, message.text);
///     });
///     client->send_text("bob", "Hello, bob!");
///
/// Shapes    A call takes its arguments and a handler, and returns at once: TIM_SUCC if the
///           handler will run exactly once, anything else if it never will. banter/future.hpp
///           turns that into a std::future. Login and session are methods of Client, messages,
///           conversations and user status those of banter::Chat, with values for what they
///           bring (banter/message.hpp). All other functions of the C API are in Client::calls,
///           its events in Client::events.
/// Texts     UTF-8. Those others take and bring JSON as text: use the JSON library of the game,
///           or banter::Json to read. banter::key has the names of all keys.
/// Errors    Result::code, with banter::code naming the values and Result::advice saying what
///           helps: try again, fetch a new ticket, or stop.
/// Units     Times are seconds since 1970 unless a name says otherwise; pump's budget is in
///           microseconds.
/// Threads   Every method may be called from any thread, and inside handlers. Handlers come one
///           at a time: inside pump, or with CallbackMode::thread on a thread of the library.
/// Ending    The destructor answers what is pending with 7009, waits for the handler that runs
///           (2 s at most), and logs nobody out: the server sees a closed link. Inside a
///           handler, which may destroy its own client, what is pending is answered once that
///           handler has returned. No other thread may be in a method of the client by then.
/// Clients   Any number can exist at the same time, each with its own login.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "Generated/codes.hpp"
#include "Generated/enums.hpp"
#include "chat.hpp"
#include "config.hpp"
#include "listeners.hpp"
#include "notice.hpp"
#include "result.hpp"
#include "select.hpp"

namespace banter {

/// A client of the library, from its start to its end.
class Client : public Chat {
public:
    /// Starts a client. Returns null if the library refuses, and in result why: TIM_ERR_JSON for
    /// a setting that is not allowed, TIM_ERR_PARAM for the app id 0, or without memory.
    static std::unique_ptr<Client> create(const Config& config, Listeners listeners = {}, int* result = nullptr) {
        int ignored = 0;
        int& refused = result == nullptr ? ignored : *result;
        refused = TIM_ERR_PARAM;
        const std::uint64_t handle = TIMXClientCreate();
        if (handle == 0) return nullptr;
        std::unique_ptr<Client> client(new Client(handle, std::move(listeners)));
        refused = client->start(config);
        if (refused != TIM_SUCC) client.reset();
        return client;
    }

    ~Client() { TIMXClientDestroy(handle_); }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// Runs the handlers that wait, on this thread; once a frame. None is started when
    /// budget_us microseconds have passed; 0: all are run. Returns how many ran. Inside a
    /// handler, beside another thread's pump, and with CallbackMode::thread it does nothing.
    int pump(unsigned budget_us) const {
        const Selection selection(handle_);
        return selection.ok() ? TIMXPump(budget_us) : 0;
    }

    /// Logs a user in. For the user who is logged in another ticket replaces the old one in
    /// place; another user is logged out first. TIMLogin says which codes done can get.
    int login(const std::string& user_id, Text user_sig, Handler done = {}) const {
        return session_->login(user_id, user_sig, std::move(done));
    }

    /// Logs the user out. Succeeds within 5 s, whether the server is reached or not.
    int logout(Handler done = {}) const {
        session_->forget();
        return detail::start(handle_, std::move(done),
                             [](TIMCommCallback cb, const void* data) { return TIMLogout(cb, data); });
    }

    /// How far the login is. Right on the line after login or logout.
    LoginStatus login_status() const {
        const Selection selection(handle_);
        return selection.ok() ? static_cast<LoginStatus>(TIMGetLoginStatus()) : LoginStatus::UnLogined;
    }

    /// Who is logged in; "" when nobody is.
    std::string login_user_id() const {
        char user_id[128] = "";
        detail::ask(handle_, [&] { return TIMGetLoginUserID(user_id); });
        return user_id;
    }

    /// The server's clock once connected, else this machine's: seconds since 1970.
    std::uint64_t server_time() const {
        const Selection selection(handle_);
        return selection.ok() ? TIMGetServerTime() : 0;
    }

    /// Tells the client that the device's network came or went: with it back, the client does
    /// not wait to dial again.
    int set_network_connected(bool connected, Handler done = {}) const {
        std::string json = "{\"request_internal_operation\":\"internal_operation_set_network_info\","
                           "\"request_set_network_info_network_connected_param\":";
        json += connected ? "true}" : "false}";
        return calls().call_experimental_api(json, std::move(done));
    }

    /// What TIMXClientSelect takes, for functions of the C API that are called directly.
    std::uint64_t handle() const noexcept { return handle_; }

private:
    Client(std::uint64_t handle, Listeners listeners)
        : Chat(handle), handle_(handle), session_(std::make_shared<detail::Session>(handle, std::move(listeners))) {}

    int start(const Config& config) const {
        const Selection selection(handle_);
        if (!selection.ok()) return selection.result();
        session_->listen();
        // Chosen before TIMInit reads it in its JSON: its first event may come earlier than that.
        TIMXSetCallbackMode(config.mode == CallbackMode::pump ? kTIMXCallbackMode_Pump : kTIMXCallbackMode_Thread);
        return TIMInit(config.app_id, config.json().c_str());
    }

    const std::uint64_t handle_;
    const std::shared_ptr<detail::Session> session_;
};

/// The version of the API, such as 8.6.1.
inline const char* sdk_version() noexcept { return TIMGetSDKVersion(); }

/// Banter's own version, such as 0.1.0.
inline const char* version() noexcept { return TIMXVersion(); }

}  // namespace banter
