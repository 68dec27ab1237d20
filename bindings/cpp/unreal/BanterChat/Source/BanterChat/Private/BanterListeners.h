#pragma once

#include "CoreMinimal.h"
#include "BanterTypes.h"

THIRD_PARTY_INCLUDES_START
#include "banter/client.hpp"
THIRD_PARTY_INCLUDES_END

class UBanterSubsystem;

/** What the library tells, as the engine has it. */
namespace BanterListeners
{
/** Listeners that raise a subsystem's delegates, as long as it lives. */
banter::Listeners Of(UBanterSubsystem* Subsystem);

FBanterResult Result(const banter::Result& Native);

/** Turns Done into a handler that answers only while Owner lives. */
banter::Handler WhileAlive(UBanterSubsystem* Owner, FBanterDone Done);

/** What a call answers that the library did not take. */
FBanterResult Refused(int32 Code);

EBanterLoginStatus LoginStatus(banter::LoginStatus Native);
} // namespace BanterListeners
