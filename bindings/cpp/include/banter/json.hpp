/// Reads the JSON that the library brings, so that a game needs no JSON library for what the
/// typed face does not know.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text.hpp"

namespace banter {

/// A value in a JSON text. It is a view: it lives as long as the text, and looks into it when it
/// is asked. What is missing, of another kind, or malformed, is an empty value: "", 0, false.
///
///     const auto profile = banter::Json(message.json)[banter::key::msg_sender_profile];
///     show_name(profile[banter::key::user_profile_nick_name].string());
class Json {
public:
    explicit Json(std::string_view text = {}) noexcept : text_(value_at(text, blanks(text, 0))) {}

    /// The value as JSON; "" when there is none.
    std::string_view text() const noexcept { return text_; }

    /// The value under a key of an object.
    Json operator[](std::string_view key) const {
        Json found;
        each_part('{', '}', [&](std::string_view name, std::string_view value) {
            if (name == key) found.text_ = value;
            return name != key;
        });
        return found;
    }

    /// The values of an array.
    std::vector<Json> items() const {
        std::vector<Json> all;
        each_part('[', ']', [&](std::string_view, std::string_view value) {
            all.emplace_back(value);
            return true;
        });
        return all;
    }

    /// The text that a string stands for, in UTF-8.
    std::string string() const {
        std::string plain;
        if (text_.size() < 2 || text_.front() != '"') return plain;
        for (std::size_t at = 1; at < text_.size() - 1;) {
            if (text_[at] == '\\') {
                unescape(at, plain);
            } else {
                plain += text_[at++];
            }
        }
        return plain;
    }

    /// A whole number that is not negative, and fits.
    std::uint64_t number() const noexcept {
        std::uint64_t n = 0;
        for (const char c : text_) {
            if (c < '0' || c > '9' || n > (UINT64_MAX - 9) / 10) return 0;
            n = n * 10 + static_cast<std::uint64_t>(c - '0');
        }
        return n;
    }

    /// A whole number that fits.
    std::int64_t integer() const noexcept {
        const bool negative = !text_.empty() && text_.front() == '-';
        const std::uint64_t n = negative ? Json(text_.substr(1)).number() : number();
        if (n > static_cast<std::uint64_t>(INT64_MAX)) return 0;
        return negative ? -static_cast<std::int64_t>(n) : static_cast<std::int64_t>(n);
    }

    bool boolean() const noexcept { return text_ == "true"; }

private:
    static std::size_t blanks(std::string_view text, std::size_t at) noexcept {
        while (at < text.size() && (text[at] == ' ' || text[at] == '\t' || text[at] == '\n' || text[at] == '\r')) ++at;
        return at;
    }

    /// Where the string that begins at at ends; npos when it does not.
    static std::size_t end_of_string(std::string_view text, std::size_t at) noexcept {
        for (++at; at < text.size(); ++at) {
            if (text[at] == '"') return at + 1;
            if (text[at] == '\\') ++at;
        }
        return std::string_view::npos;
    }

    /// Where an object or an array ends.
    static std::size_t end_of_nested(std::string_view text, std::size_t at) noexcept {
        std::size_t depth = 0;
        while (at < text.size()) {
            const char c = text[at];
            if (c == '"') {
                at = end_of_string(text, at);
                continue;
            }
            ++at;
            if (c == '{' || c == '[') ++depth;
            if ((c == '}' || c == ']') && --depth == 0) return at;
        }
        return std::string_view::npos;
    }

    static std::string_view value_at(std::string_view text, std::size_t at) noexcept {
        if (at >= text.size()) return {};
        const char c = text[at];
        std::size_t end = 0;
        if (c == '"') {
            end = end_of_string(text, at);
        } else if (c == '{' || c == '[') {
            end = end_of_nested(text, at);
        } else {
            end = text.find_first_of(",:]} \t\r\n", at);
            if (end == std::string_view::npos) end = text.size();
        }
        return end == std::string_view::npos ? std::string_view() : text.substr(at, end - at);
    }

    /// Calls visit for each part of an object or an array, with the key as it is written, until
    /// visit is content or something is not as it should be.
    template <class Visit>
    void each_part(char open, char close, Visit&& visit) const {
        if (text_.empty() || text_.front() != open) return;
        std::size_t at = blanks(text_, 1);
        while (at < text_.size() && text_[at] != close) {
            std::string_view name;
            if (open == '{') {
                const auto quoted = value_at(text_, at);
                if (quoted.size() < 2 || quoted.front() != '"') return;
                name = quoted.substr(1, quoted.size() - 2);
                at = blanks(text_, at + quoted.size());
                if (at >= text_.size() || text_[at] != ':') return;
                at = blanks(text_, at + 1);
            }
            const auto value = value_at(text_, at);
            if (value.empty() || !visit(name, value)) return;
            at = blanks(text_, at + value.size());
            if (at >= text_.size() || text_[at] != ',') return;
            at = blanks(text_, at + 1);
        }
    }

    /// Appends what the escape at at stands for; at is then behind it.
    void unescape(std::size_t& at, std::string& plain) const {
        static constexpr std::string_view letters = "bfnrt";
        static constexpr std::string_view meanings = "\b\f\n\r\t";
        const char c = text_[at + 1];
        if (c == 'u') {
            append_utf8(code_point(at), plain);
            return;
        }
        at += 2;
        const auto letter = letters.find(c);
        plain += letter == std::string_view::npos ? c : meanings[letter];
    }

    /// The character that \uXXXX, or two of them, stand for.
    std::uint32_t code_point(std::size_t& at) const noexcept {
        const std::uint32_t first = unit(at);
        at += 6;
        if (first < 0xD800 || first > 0xDFFF) return first;
        const std::uint32_t second = unit(at);
        if (first > 0xDBFF || second < 0xDC00 || second > 0xDFFF) return 0xFFFD;
        at += 6;
        return 0x10000 + ((first - 0xD800) << 10U) + (second - 0xDC00);
    }

    /// The number in \uXXXX at at; U+FFFD when there is no such thing.
    std::uint32_t unit(std::size_t at) const noexcept {
        if (at + 6 > text_.size() || text_[at] != '\\' || text_[at + 1] != 'u') return 0xFFFD;
        std::uint32_t n = 0;
        for (const char c : text_.substr(at + 2, 4)) {
            static constexpr std::string_view digits = "0123456789abcdef";
            const auto digit = digits.find(static_cast<char>(c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c));
            if (digit == std::string_view::npos) return 0xFFFD;
            n = n * 16 + static_cast<std::uint32_t>(digit);
        }
        return n;
    }

    static void append_utf8(std::uint32_t c, std::string& plain) {
        const auto add = [&plain](std::uint32_t byte) { plain += static_cast<char>(static_cast<unsigned char>(byte)); };
        if (c < 0x80) return add(c);
        if (c < 0x800) {
            add(0xC0 | c >> 6U);
        } else {
            if (c < 0x10000) {
                add(0xE0 | c >> 12U);
            } else {
                add(0xF0 | c >> 18U);
                add(0x80 | (c >> 12U & 0x3F));
            }
            add(0x80 | (c >> 6U & 0x3F));
        }
        add(0x80 | (c & 0x3F));
    }

    std::string_view text_;
};

namespace detail {

/// Writes a JSON object, member by member.
class JsonObject {
public:
    JsonObject& raw(std::string_view key, std::string_view json) {
        json_ += json_.empty() ? '{' : ',';
        append_string(json_, key);
        json_ += ':';
        json_ += json;
        return *this;
    }
    JsonObject& string(std::string_view key, std::string_view text) {
        std::string json;
        append_string(json, text);
        return raw(key, json);
    }
    JsonObject& number(std::string_view key, std::uint64_t n) { return raw(key, std::to_string(n)); }

    std::string text() const { return json_.empty() ? "{}" : json_ + "}"; }

private:
    std::string json_;
};

}  // namespace detail
}  // namespace banter
