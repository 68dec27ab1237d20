/// The notices that Banter adds to the events of the C API: why a device was kicked, and
/// that a ticket is about to expire.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

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

/// Reads a flat JSON object, as the notices are: texts without escapes, and whole numbers.
/// The library has made it, so it is well formed; what is of another kind is passed over.
class FlatObject {
public:
    explicit FlatObject(std::string_view json) noexcept : json_(json) {}

    /// The text or the digits under a key; "" when there are none.
    std::string_view operator[](std::string_view key) const noexcept {
        std::size_t at = 0;
        while (at < json_.size()) {
            const auto name = quoted(at);
            if (at >= json_.size() || json_[at] != ':') continue;  // a value, not a name
            ++at;
            if (name == key) return value(at);
        }
        return {};
    }

    std::int64_t number(std::string_view key) const noexcept {
        std::int64_t n = 0;
        for (const char c : (*this)[key]) {
            if (c < '0' || c > '9' || n > INT64_MAX / 10 - 1) return 0;
            n = n * 10 + (c - '0');
        }
        return n;
    }

private:
    /// The next quoted text from at on; at is then behind it.
    std::string_view quoted(std::size_t& at) const noexcept {
        const std::size_t begin = json_.find('"', at);
        std::size_t end = begin == std::string_view::npos ? json_.size() : begin + 1;
        while (end < json_.size() && json_[end] != '"') end += json_[end] == '\\' ? 2U : 1U;
        if (end >= json_.size()) {
            at = json_.size();
            return {};
        }
        at = end + 1;
        return json_.substr(begin + 1, end - begin - 1);
    }

    std::string_view value(std::size_t at) const noexcept {
        if (at < json_.size() && json_[at] == '"') return quoted(at);
        const std::size_t end = json_.find_first_of(",}", at);
        return end == std::string_view::npos ? std::string_view() : json_.substr(at, end - at);
    }

    std::string_view json_;
};

inline KickReason reason_named(std::string_view name) noexcept {
    if (name == "other_device") return KickReason::other_device;
    if (name == "admin") return KickReason::admin;
    if (name == "ticket_revoked") return KickReason::ticket_revoked;
    if (name == "account_deleted") return KickReason::account_deleted;
    return KickReason::unknown;
}

inline Kick kick_of(std::string_view json) {
    const FlatObject notice(json);
    return Kick{reason_named(notice["reason"]), std::string(notice["platform"]), std::string(notice["instance"]),
                notice.number("time")};
}

}  // namespace detail
}  // namespace banter
