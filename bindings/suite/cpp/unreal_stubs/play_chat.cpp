/// Two players who chat through the plugin: with the nodes, the delegates, and the sample's window.
#include "BanterChatWidget.h"
#include "BanterMessageActions.h"
#include "play.h"
#include "umg.h"

namespace {

/// The sample's window as a widget blueprint would have it.
class Window : public UBanterChatWidget {
public:
    void show(Player& player) {
        stub_world = &player.world;
        WidgetTree = NewObject<UWidgetTree>();
        Channels = NewObject<UScrollBox>();
        Messages = NewObject<UScrollBox>();
        Input = NewObject<UEditableTextBox>();
        NativeConstruct();
    }
    void close() { NativeDestruct(); }
    void enter(const char* text, ETextCommit::Type how = ETextCommit::OnEnter) {
        Input->text = FText::FromString(wide(text));
        Input->OnTextCommitted.Broadcast(Input->text, how);
    }
    std::string channels() const {
        std::string all;
        for (auto* const child : Channels->children) all += said(static_cast<UButton*>(child)->children.at(0)) + "\n";
        return all;
    }
    std::string messages() const {
        std::string all;
        for (auto* const child : Messages->children) all += said(child) + "\n";
        return all;
    }
    void click(std::size_t channel) const { static_cast<UButton*>(Channels->children.at(channel))->OnClicked.Broadcast(); }
    bool input_is_empty() const { return Input->text.IsEmpty(); }

private:
    static std::string said(UWidget* line) { return stub::to_utf8(*static_cast<UTextBlock*>(line)->text.ToString()); }
};

/// Runs a node, and returns what its pin brought.
template <class Brought, class Action>
Brought outcome(Action* action, int32 code = 0) {
    bool done = false;
    Brought brought;
    const auto came = [&](const FBanterResult& result, const Brought& value) {
        REQUIRE(result.Code == code);
        brought = value;
        done = true;
    };
    (code == 0 ? action->Succeeded : action->Failed).AddLambda(came);
    action->Activate();
    play_until([&] { return done; });
    REQUIRE(action->ready_to_destroy);
    stub::collect(action);
    return brought;
}

FBanterMessage say(Player& player, const char* to, const char* text, int32 code = 0) {
    return outcome<FBanterMessage>(UBanterSendTextAction::SendTextMessage(&player.world, wide(to), wide(text)), code);
}

TArray<FBanterMessage> older(Player& player, const char* user, int32 count, const FBanterMessage& before) {
    return outcome<TArray<FBanterMessage>>(UBanterLoadOlderAction::LoadOlderMessages(&player.world, wide(user), count, before));
}

void nodes_and_delegates(Player& alice, Player& bob) {
    TArray<FBanterMessage> heard;
    TArray<FString> recalled;
    FBanterConversation changed;
    bob.subsystem->OnMessages.AddLambda([&](const TArray<FBanterMessage>& messages) {
        for (const auto& message : messages) heard.Add(message);
    });
    bob.subsystem->OnMessagesRecalled.AddLambda([&](const TArray<FString>& ids) { recalled = ids; });
    bob.subsystem->OnConversations.AddLambda([&](EBanterConversationEvent, const TArray<FBanterConversation>& conversations) {
        for (const auto& conversation : conversations) changed = conversation;
    });
    int32 unread = -1;
    bob.subsystem->OnTotalUnread.AddLambda([&](int32 count) { unread = count; });

    const auto sent = say(alice, "bob", "你好 😀 \"quoted\"");
    REQUIRE(sent.bFromSelf && sent.Sender == TEXT("alice") && sent.ConversationId == TEXT("bob") && sent.Time > 1600000000);
    play_until([&] { return heard.Num() == 1 && unread == 1 && changed.Unread == 1; });
    REQUIRE(heard[0].Text == wide("你好 😀 \"quoted\"") && heard[0].Id == sent.Id && !heard[0].bFromSelf && !heard[0].bIsOfGroup);
    REQUIRE(changed.Id == TEXT("alice") && changed.LastMessage.Id == sent.Id && !changed.bIsGroup);
    bob.subsystem->MarkRead(TEXT("alice"));
    play_until([&] { return unread == 0 && changed.Unread == 0; });

    for (const char* const text : {"1", "2", "3"}) say(alice, "bob", text);
    const auto newest = older(bob, "alice", 2, FBanterMessage());
    REQUIRE(newest.Num() == 2 && newest[0].Text == TEXT("3") && newest[1].Text == TEXT("2"));
    const auto rest = older(bob, "alice", 5, newest[1]);
    REQUIRE(rest.Num() == 2 && rest[0].Text == TEXT("1") && rest[1].Id == sent.Id);

    int32 code = -1;
    alice.subsystem->Recall(sent, FBanterDone::CreateLambda([&](const FBanterResult& result) { code = result.Code; }));
    play_until([&] { return code == 0 && recalled.Num() == 1; });
    REQUIRE(recalled[0] == sent.Id && older(bob, "alice", 5, newest[1])[1].bRecalled);
    say(alice, "nobody", "hello", 20003);
    bob.subsystem->OnMessages.Clear();  // they point into this function
    bob.subsystem->OnMessagesRecalled.Clear();
    bob.subsystem->OnConversations.Clear();
    bob.subsystem->OnTotalUnread.Clear();
}

/// Bob uses the window; alice speaks to him.
void sample(Player& alice, Player& bob) {
    auto* const window = NewObject<Window>();
    window->show(bob);
    play_until([&] { return window->channels() == "alice (3)\n"; });
    window->click(0);
    play_until([&] { return window->messages() == "alice: (recalled)\nalice: 1\nalice: 2\nalice: 3\n"; });
    play_until([&] { return window->channels() == "alice\n"; });
    const auto four = say(alice, "bob", "4");
    play_until([&] { return window->messages() == "alice: (recalled)\nalice: 1\nalice: 2\nalice: 3\nalice: 4\n"; });
    window->enter("left", ETextCommit::OnUserMovedFocus);
    window->enter("five 你好");
    REQUIRE(window->input_is_empty());
    play_until([&] { return window->messages().find("alice: 4\nbob: five 你好\n") != std::string::npos; });
    alice.subsystem->Recall(four);
    play_until([&] { return window->messages() == "alice: (recalled)\nalice: 1\nalice: 2\nalice: 3\nalice: (recalled)\nbob: five 你好\n"; });
    window->ShowOlder();  // there are none
    for (int i = 0; i < 22; i++) say(alice, "bob", std::to_string(i).c_str());
    play_until([&] { return window->messages().find("alice: 21\n") != std::string::npos; });
    window->Open(TEXT("alice"));
    play_until([&] { return window->messages().rfind("alice: 2\nalice: 3\n", 0) == 0; });
    window->ShowOlder();
    window->ShowOlder();  // the same page
    play_until([&] { return window->messages().rfind("alice: (recalled)\nalice: 1\nalice: 2\nalice: 3\nalice: (recalled)\nbob: five", 0) == 0; });
    window->close();
    stub::collect(window);
    say(alice, "bob", "nobody looks");
}

/// A window whose player is gone, and one where nobody is logged in.
void windows_without_a_player() {
    Player nobody;
    auto* const window = NewObject<Window>();
    window->show(nobody);
    window->enter("hello");
    window->ShowOlder();
    REQUIRE(window->channels().empty() && window->messages().empty());
    nobody.end();
    window->enter("hello");
    window->close();
    stub::collect(window);
}

}  // namespace

void chat(const FString& alice_ticket, const FString& bob_ticket) {
    Player alice, bob;
    REQUIRE(alice.login("alice", alice_ticket) == 0);
    REQUIRE(bob.login("bob", bob_ticket) == 0);
    nodes_and_delegates(alice, bob);
    sample(alice, bob);
    alice.subsystem->Stop();
    say(alice, "bob", "without a client", 6013);
    windows_without_a_player();
}
