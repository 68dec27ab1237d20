/// What a client tells of its session, and where it gets new tickets from.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "Generated/enums.hpp"
#include "notice.hpp"
#include "result.hpp"

namespace banter {

/// Takes the ticket that was asked for; "" when there is none to be had. Any thread may call
/// it, once, also when the client is gone.
using TicketReply = std::function<void(const std::string& user_sig)>;

/// Asks the game's own server for a new ticket of a user, and hands it to reply: at once, or
/// later from any thread. It must not wait for an answer of the library.
using TicketProvider = std::function<void(const std::string& user_id, TicketReply reply)>;

/// The handlers of a client's session, set before it starts and kept as long as it lives. They
/// run where all handlers run, one at a time; views are valid until they return. They must not
/// throw; they may call the client, and may destroy it.
struct Listeners {
    /// The link to the server: code and desc tell why it failed.
    std::function<void(NetworkStatus status, std::int32_t code, std::string_view desc)> network;

    /// The server logged this device out. Log in again only when the player wants it.
    std::function<void(const Kick& kick)> kicked;

    /// The ticket has run out, and nobody is logged in any more. With fetch_ticket a new one
    /// is asked for by itself.
    std::function<void()> usersig_expired;

    /// The ticket runs out in so many seconds.
    std::function<void(std::int64_t seconds)> usersig_expiring;

    /// Makes the client renew its ticket by itself: when it is about to expire, without a cut
    /// of the session, and once more when it did expire.
    TicketProvider fetch_ticket;

    /// How a login with a ticket of fetch_ticket ended.
    std::function<void(const Result& result)> renewed;

    /// Other notices, by key; also those behind kicked and usersig_expiring.
    std::function<void(std::string_view key, std::string_view json)> notice;

    /// The library's log. TIMSetConfig says which levels come.
    std::function<void(LogLevel level, std::string_view line)> log;
};

namespace detail {

/// What the library's session callbacks point to. A callback that runs holds it, so that its
/// handler may destroy the client.
class Session : public std::enable_shared_from_this<Session> {
public:
    Session(std::uint64_t client, Listeners listeners) : client_(client), on_(std::move(listeners)) {}

    /// Sets the callbacks of the client that is selected.
    void listen() const {
        hand_over(this);
        TIMSetKickedOfflineCallback(&kicked_offline, this);
        TIMSetUserSigExpiredCallback(&usersig_expired, this);
        TIMSetExperimentalNotifyCallback(&noticed, this);
        if (on_.network) TIMSetNetworkStatusListenerCallback(&network_changed, this);
        if (on_.log) TIMSetLogCallback(&logged, this);
    }

    int login(const std::string& user_id, Text user_sig, Handler done) {
        login_begins(user_id);
        auto answered = [self = shared_from_this(), user_id, done = std::move(done)](const Result& result) {
            if (result.ok()) self->logged_in(user_id);
            if (done) done(result);
        };
        return start(client_, Handler(std::move(answered)), [&](TIMCommCallback cb, const void* data) {
            return TIMLogin(user_id.c_str(), user_sig.c_str(), cb, data);
        });
    }

    /// Forgets whose ticket was to be renewed.
    void forget() {
        const std::lock_guard<std::mutex> guard(mutex_);
        ++asked_;
        user_.clear();
    }

private:
    /// The session behind a callback's user_data, held while the callback runs.
    static std::shared_ptr<Session> of(const void* user_data) {
        take_over(user_data);
        return const_cast<Session*>(static_cast<const Session*>(user_data))->shared_from_this();
    }

    static void network_changed(TIMNetworkStatus status, std::int32_t code, const char* desc, const void* data) noexcept {
        of(data)->on_.network(static_cast<NetworkStatus>(status), code, view(desc));
    }

    static void logged(TIMLogLevel level, const char* line, const void* data) noexcept {
        of(data)->on_.log(static_cast<LogLevel>(level), view(line));
    }

    static void noticed(const char* key, const char* json, const void* data) noexcept {
        const auto self = of(data);
        const auto name = view(key);
        if (name == "banter_kicked") self->kick_ = kick_of(view(json));
        if (name == "banter_usersig_expiring") self->expiring(Json(view(json))["expires_in"].integer());
        if (self->on_.notice) self->on_.notice(name, view(json));
    }

    static void kicked_offline(const void* data) noexcept {
        const auto self = of(data);
        self->forget();
        const Kick kick = std::exchange(self->kick_, Kick());
        if (self->on_.kicked) self->on_.kicked(kick);
    }

    static void usersig_expired(const void* data) noexcept {
        const auto self = of(data);
        if (self->on_.usersig_expired) self->on_.usersig_expired();
        self->renew();
    }

    void expiring(std::int64_t seconds) {
        if (on_.usersig_expiring) on_.usersig_expiring(seconds);
        renew();
    }

    void login_begins(const std::string& user_id) {
        const std::lock_guard<std::mutex> guard(mutex_);
        ++asked_;  // a ticket that is on its way comes too late
        if (user_ != user_id) user_.clear();
    }

    void logged_in(const std::string& user_id) {
        const std::lock_guard<std::mutex> guard(mutex_);
        user_ = user_id;
    }

    /// Asks for a ticket. Of several askings the last one counts.
    void renew() {
        std::uint64_t number = 0;
        std::string user;
        {
            const std::lock_guard<std::mutex> guard(mutex_);
            if (!on_.fetch_ticket || user_.empty()) return;
            number = ++asked_;
            user = user_;
        }
        on_.fetch_ticket(user, [weak = weak_from_this(), number](const std::string& ticket) {
            if (const auto self = weak.lock()) self->ticket_came(number, ticket);
        });
    }

    /// Logs in with the ticket; in vain, and harmless, when the client is gone meanwhile.
    void ticket_came(std::uint64_t number, const std::string& ticket) {
        std::string user;
        {
            const std::lock_guard<std::mutex> guard(mutex_);
            if (number != asked_ || user_.empty() || ticket.empty()) return;
            user = user_;
        }
        login(user, ticket, [self = shared_from_this()](const Result& result) {
            if (self->on_.renewed) self->on_.renewed(result);
        });
    }

    const std::uint64_t client_;
    const Listeners on_;
    Kick kick_;  // of the notice before the kick; only callbacks use it, one at a time

    std::mutex mutex_;  // guards the two below
    std::string user_;  // whose ticket is renewed; "" for nobody's
    std::uint64_t asked_ = 0;
};

}  // namespace detail
}  // namespace banter
