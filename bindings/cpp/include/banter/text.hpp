/// Texts that go into the library and come out of it. All are UTF-8.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace banter {

/// An argument of a call: a literal, a std::string, or nullptr where a text may be left out.
/// It does not copy. The library does, before the call returns.
class Text {
public:
    Text(std::nullptr_t) noexcept {}
    Text(const char* text) noexcept : text_(text) {}
    Text(const std::string& text) noexcept : text_(text.c_str()) {}

    const char* c_str() const noexcept { return text_; }

private:
    const char* text_ = nullptr;
};

namespace detail {

inline std::string_view view(const char* text) noexcept {
    return text == nullptr ? std::string_view() : std::string_view(text);
}

/// Appends text to json as a JSON string.
inline void append_string(std::string& json, std::string_view text) {
    static constexpr char digits[] = "0123456789abcdef";
    json += '"';
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20) {
            json += "\\u00";
            json += digits[byte >> 4U];
            json += digits[byte & 0xFU];
            continue;
        }
        if (c == '"' || c == '\\') json += '\\';
        json += c;
    }
    json += '"';
}

}  // namespace detail
}  // namespace banter
