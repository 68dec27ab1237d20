/// The engine's texts, as far as the plugin uses them: UTF-16 in TCHAR, UTF-8 in conversions.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using int32 = std::int32_t;
using int64 = std::int64_t;
using uint8 = std::uint8_t;
using TCHAR = char16_t;
using ANSICHAR = char;
#define TEXT(literal) u##literal

namespace stub {

inline std::string to_utf8(std::u16string_view wide) {
    std::string text;
    for (std::size_t i = 0; i < wide.size(); i++) {
        char32_t c = wide[i];
        if (c >= 0xD800 && c < 0xDC00 && i + 1 < wide.size()) c = 0x10000 + ((c - 0xD800) << 10) + (wide[++i] - 0xDC00u);
        const int more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
        static constexpr unsigned char first[] = {0, 0xC0, 0xE0, 0xF0};
        text += static_cast<char>(first[more] | (c >> (6 * more)));
        for (int shift = 6 * (more - 1); shift >= 0; shift -= 6) text += static_cast<char>(0x80 | ((c >> shift) & 0x3F));
    }
    return text;
}

inline std::u16string to_utf16(std::string_view text) {
    std::u16string wide;
    for (std::size_t i = 0; i < text.size();) {
        const auto byte = static_cast<unsigned char>(text[i++]);
        const int more = byte < 0x80 ? 0 : byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
        char32_t c = more == 0 ? byte : byte & (0x3F >> more);
        for (int n = 0; n < more && i < text.size(); n++) c = c << 6 | (static_cast<unsigned char>(text[i++]) & 0x3F);
        if (c >= 0x10000) {
            wide += static_cast<char16_t>(0xD800 + ((c - 0x10000) >> 10));
            c = 0xDC00 + ((c - 0x10000) & 0x3FF);
        }
        wide += static_cast<char16_t>(c);
    }
    return wide;
}

}  // namespace stub

class FStringView {
public:
    FStringView(const TCHAR* text, int32 length) : view(text, static_cast<std::size_t>(length)) {}
    std::u16string_view view;
};

class FString {
public:
    FString() = default;
    FString(const TCHAR* literal) : text(literal) {}
    explicit FString(FStringView view) : text(view.view) {}
    const TCHAR* operator*() const { return text.c_str(); }
    bool IsEmpty() const { return text.empty(); }
    void Empty() { text.clear(); }
    bool operator==(const FString& other) const { return text == other.text; }
    bool operator!=(const FString& other) const { return text != other.text; }
    FString operator+(const FString& other) const { return FString((text + other.text).c_str()); }
    /// Here for one number.
    static FString Printf(const TCHAR* format, int32 number) {
        FString made(format);
        const std::string digits = std::to_string(number);
        made.text.replace(made.text.find(u"%d"), 2, std::u16string(digits.begin(), digits.end()));
        return made;
    }
    std::u16string text;
};

class FName {
public:
    explicit FName(const TCHAR* name) : name(name) {}
    FString name;
};

class FTCHARToUTF8 {
public:
    explicit FTCHARToUTF8(const TCHAR* wide) : text(stub::to_utf8(wide)) {}
    const ANSICHAR* Get() const { return text.data(); }
    int32 Length() const { return static_cast<int32>(text.size()); }

private:
    std::string text;
};

class FUTF8ToTCHAR {
public:
    FUTF8ToTCHAR(const ANSICHAR* text, int32 length)
        : wide(stub::to_utf16(std::string_view(text, static_cast<std::size_t>(length)))) {}
    const TCHAR* Get() const { return wide.data(); }
    int32 Length() const { return static_cast<int32>(wide.size()); }

private:
    std::u16string wide;
};

template <class T>
class TArray : public std::vector<T> {
public:
    void Add(T item) { this->push_back(std::move(item)); }
    void Insert(const T& item, int32 at) { this->insert(this->begin() + at, T(item)); }
    void Empty() { this->clear(); }
    void Reserve(int32 count) { this->reserve(static_cast<std::size_t>(count)); }
    int32 Num() const { return static_cast<int32>(this->size()); }
    bool Contains(const T& item) const { return std::find(this->begin(), this->end(), item) != this->end(); }
    template <class Predicate>
    bool ContainsByPredicate(Predicate is) const {
        return std::any_of(this->begin(), this->end(), is);
    }
};

template <class T>
class TSharedPtr {
public:
    TSharedPtr() = default;
    TSharedPtr(std::shared_ptr<T> pointer) : pointer(std::move(pointer)) {}
    bool IsValid() const { return pointer != nullptr; }
    explicit operator bool() const { return IsValid(); }
    T* Get() const { return pointer.get(); }
    T* operator->() const { return pointer.get(); }
    T& operator*() const { return *pointer; }
    void Reset() { pointer.reset(); }

private:
    std::shared_ptr<T> pointer;
};

template <class T>
TSharedPtr<T> MakeShareable(T* raw) {
    return std::shared_ptr<T>(raw);
}

template <class T>
using TFunction = std::function<T>;

template <class T>
constexpr std::remove_reference_t<T>&& MoveTemp(T&& value) {
    return static_cast<std::remove_reference_t<T>&&>(value);
}

struct FMath {
    static int32 Max(int32 a, int32 b) { return std::max(a, b); }
};
