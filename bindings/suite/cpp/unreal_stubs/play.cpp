/// Plays the plugin against a real server: play LIBRARY_FOLDER URL APP_ID FOLDER TICKET NEWER SHORT BOB
#include <cstdlib>

#include "BanterChatModule.h"
#include "BanterSettings.h"
#include "play.h"

IModuleInterface* StubModuleBanterChat();

namespace {

void log_in_and_out(const FString& ticket) {
    Player player;
    int network = 0;
    player.subsystem->OnNetworkChanged.AddLambda([&](EBanterNetworkStatus, int32, const FString&) { network++; });
    REQUIRE(player.subsystem->IsStarted());
    REQUIRE(UBanterSubsystem::Get(&player.world) == player.subsystem);
    REQUIRE(player.login("alice", ticket) == 0);
    REQUIRE(network == 2);
    REQUIRE(player.subsystem->GetLoginStatus() == EBanterLoginStatus::LoggedIn);
    REQUIRE(player.subsystem->GetLoginUserId() == TEXT("alice"));
    REQUIRE(player.login("名前😀", ticket) == 7003);
    REQUIRE(player.logout() == 0);
    REQUIRE(player.subsystem->GetLoginUserId().IsEmpty());
    player.subsystem->Stop();
    REQUIRE(FTSTicker::GetCoreTicker().Count() == 0);
    REQUIRE(player.logout() == 6013);
}

/// Two players of one editor: the second logs the first out, whose handler ends its game.
void kick_and_quit(const FString& ticket) {
    Player first, second;
    bool kicked = false;
    first.subsystem->OnKickedNative.AddLambda([&](EBanterKickReason reason) {
        REQUIRE(reason == EBanterKickReason::OtherDevice);
        kicked = true;
        first.end();
    });
    REQUIRE(first.login("alice", ticket) == 0);
    REQUIRE(second.login("alice", ticket) == 0);
    play_until([&] { return kicked; });
    REQUIRE(second.subsystem->GetLoginStatus() == EBanterLoginStatus::LoggedIn);
}

/// A call's answer does not reach an owner who is gone.
void quit_while_logging_in(const FString& ticket) {
    auto player = std::make_unique<Player>();
    int answers = 0;
    player->subsystem->Login(TEXT("alice"), ticket, FBanterDone::CreateLambda([&](const FBanterResult&) { answers++; }));
    auto* const action = UBanterLoginAction::BanterLogin(&player->world, TEXT("alice"), ticket);
    action->Activate();
    stub::collect(action);  // collected before its answer
    player.reset();
    REQUIRE(answers == 1);  // the end answers what is pending
    FTSTicker::GetCoreTicker().Tick(0.016f);
}

void renew(const FString& short_ticket, const FString& newer) {
    Player player;
    int32 asked = 0;
    int32 expiring = -1;
    player.subsystem->OnUserSigExpiring.AddLambda([&](int32 seconds) { expiring = seconds; });
    player.subsystem->SetTicketProvider(FBanterFetchTicket::CreateLambda([&](const FString& user, FBanterTicketReply reply) {
        REQUIRE(user == TEXT("alice"));
        asked++;
        reply(newer);
    }));
    REQUIRE(player.login("alice", short_ticket) == 0);
    play_until([&] { return asked == 1; });
    REQUIRE(expiring >= 0);
    player.login("alice", newer);
    REQUIRE(player.subsystem->GetLoginStatus() == EBanterLoginStatus::LoggedIn);
}

void dedicated_server(const FString& ticket) {
    stub::world.dedicated_server = true;
    Player server;
    REQUIRE(!server.subsystem->IsStarted());
    REQUIRE(server.subsystem->Start());
    REQUIRE(server.login("alice", ticket) == 0);
    stub::world.dedicated_server = false;
}

void automation_tests() {
    REQUIRE(FAutomationTestBase::all().size() == 3);
    for (auto* const test : FAutomationTestBase::all()) {
        REQUIRE(test->RunTest(FString()));
        std::fputs(test->failures.c_str(), stderr);
        REQUIRE(test->failures.empty());
    }
}

}  // namespace

int main(int argc, char** argv) {
    REQUIRE(argc == 9);
    UEngine engine;
    GEngine = &engine;
    stub::world.saved_folder = argv[4];
    const std::unique_ptr<IModuleInterface> module(StubModuleBanterChat());
    stub::world.library_folder = "/no/such/folder";
    module->StartupModule();
    REQUIRE(!FBanterChatModule::IsLibraryLoaded());
    stub::world.library_folder = argv[1];
    module->StartupModule();
    REQUIRE(FBanterChatModule::IsLibraryLoaded());
    UBanterSettings& settings = *GetMutableDefault<UBanterSettings>();
    settings.ServerUrl = wide(argv[2]);
    settings.AppId = std::strtoll(argv[3], nullptr, 10);
    settings.bShowLibraryLog = true;

    log_in_and_out(wide(argv[5]));
    kick_and_quit(wide(argv[5]));
    quit_while_logging_in(wide(argv[5]));
    renew(wide(argv[7]), wide(argv[6]));
    dedicated_server(wide(argv[5]));
    chat(wide(argv[5]), wide(argv[8]));
    automation_tests();
    std::puts(stub::world.log.c_str());
}
