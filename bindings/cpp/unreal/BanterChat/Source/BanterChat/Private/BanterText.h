#pragma once

#include <string>
#include <string_view>

#include "CoreMinimal.h"

/** Texts for the library, and of it: it has UTF-8, the engine TCHAR. */
namespace BanterText
{
inline std::string ToNative(const FString& Text)
{
	const FTCHARToUTF8 Utf8(*Text);
	return std::string(Utf8.Get(), static_cast<std::size_t>(Utf8.Length()));
}

inline FString FromNative(std::string_view Text)
{
	const FUTF8ToTCHAR Wide(Text.data(), static_cast<int32>(Text.size()));
	return FString(FStringView(Wide.Get(), Wide.Length()));
}
} // namespace BanterText
