/// The notices that Banter adds to the events of the C API: why a device was kicked, and
/// that a ticket is about to expire.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "json.hpp"

namespace banter {

/// Why the server logged this device out.
enum class KickReason {
    unknown,        ///< a reason that this header is too old for
    other_device,   ///< the account logged in elsewhere, and the app allows it no more devices
    admin,          ///< somebody in charge did it
    ticket_revoked, ///< the account's tickets were revoked: fetch a new one
    account_deleted ///< the account is gone
};

/// A kick, as Listeners::kicked gets it.
struct Kick {
    KickReason reason = KickReason::unknown;
    std::string platform;    ///< of the other device; "" when there is none
    std::string instance;    ///< of the other device; "" when there is none
    std::int64_t time = 0;   ///< seconds since 1970, by the server's clock
};

namespace detail {

inline KickReason reason_named(std::string_view name) noexcept {
    if (name == "other_device") return KickReason::other_device;
    if (name == "admin") return KickReason::admin;
    if (name == "ticket_revoked") return KickReason::ticket_revoked;
    if (name == "account_deleted") return KickReason::account_deleted;
    return KickReason::unknown;
}

inline Kick kick_of(std::string_view json) {
    const Json notice(json);
    return Kick{reason_named(notice["reason"].string()), notice["platform"].string(), notice["instance"].string(),
                static_cast<std::int64_t>(notice["time"].number())};
}

}  // namespace detail
}  // namespace banter
