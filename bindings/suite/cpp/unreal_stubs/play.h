/// What the files of this program share: checks, frames and players.
#pragma once

#include <chrono>
#include <cstdlib>
#include <thread>

#include "BanterLoginActions.h"
#include "BanterSubsystem.h"
#include "unreal.h"

#define REQUIRE(condition) require((condition), #condition, __FILE__, __LINE__)

inline void require(bool holds, const char* condition, const char* file, int line) {
    if (holds) return;
    std::fprintf(stderr, "%s:%d: %s\n%s", file, line, condition, stub::world.log.c_str());
    std::_Exit(1);
}

inline FString wide(const char* text) { return FString(stub::to_utf16(text).c_str()); }

/// A frame after the other until condition holds.
template <class Condition>
void play_until(Condition&& condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition()) {
        FTSTicker::GetCoreTicker().Tick(0.016f);
        REQUIRE(std::chrono::steady_clock::now() < end);
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

/// A player of the editor's "Play": a world with a game instance and its subsystem.
class Player {
public:
    Player() {
        world.stub_world = &world;
        world.instance = &instance;
        instance.subsystem = subsystem = NewObject<UBanterSubsystem>(&instance);
        FSubsystemCollectionBase collection;
        subsystem->Initialize(collection);
    }
    ~Player() { end(); }
    void end() {
        if (subsystem == nullptr) return;
        subsystem->Deinitialize();
        stub::collect(std::exchange(subsystem, nullptr));
        instance.subsystem = nullptr;
    }

    /// Runs the login node and returns the code that its pin brought.
    int32 login(const char* user, const FString& ticket) {
        auto* const action = UBanterLoginAction::BanterLogin(&world, wide(user), ticket);
        const int32 code = outcome(action);
        stub::collect(action);
        return code;
    }
    int32 logout() {
        auto* const action = UBanterLogoutAction::BanterLogout(&world);
        const int32 code = outcome(action);
        stub::collect(action);
        return code;
    }

    UWorld world;
    UGameInstance instance;
    UBanterSubsystem* subsystem = nullptr;

private:
    static int32 outcome(UBanterAction* action) {
        int32 code = -1;
        action->Succeeded.AddLambda([&](const FBanterResult& result) { code = (require(result.Code == 0, "pin", __FILE__, __LINE__), 0); });
        action->Failed.AddLambda([&](const FBanterResult& result) { code = (require(result.Code != 0, "pin", __FILE__, __LINE__), result.Code); });
        action->Activate();
        play_until([&] { return code != -1; });
        REQUIRE(action->ready_to_destroy);
        return code;
    }
};

/// Players who chat; one with the sample's window.
void chat(const FString& alice, const FString& bob);
