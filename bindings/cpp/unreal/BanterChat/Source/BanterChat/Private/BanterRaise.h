#pragma once

#include "BanterSubsystem.h"
#include "UObject/WeakObjectPtr.h"

namespace BanterListeners
{
/** Raises one event twice: for Blueprint, and for C++. A handler may destroy the subsystem. */
template <typename DynamicType, typename NativeType, typename... ArgTypes>
void Raise(const TWeakObjectPtr<UBanterSubsystem>& Owner, DynamicType Dynamic, NativeType Native, const ArgTypes&... Args)
{
	if (UBanterSubsystem* Subsystem = Owner.Get())
	{
		(Subsystem->*Dynamic).Broadcast(Args...);
	}
	if (UBanterSubsystem* Subsystem = Owner.Get())
	{
		(Subsystem->*Native).Broadcast(Args...);
	}
}
} // namespace BanterListeners
