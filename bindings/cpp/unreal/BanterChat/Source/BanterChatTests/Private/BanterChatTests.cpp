#include "BanterSubsystem.h"

#include "Engine/Engine.h"
#include "Engine/GameInstance.h"
#include "Misc/AutomationTest.h"
#include "Modules/ModuleManager.h"

IMPLEMENT_MODULE(FDefaultModuleImpl, BanterChatTests)

#if WITH_DEV_AUTOMATION_TESTS

// These need no server: they start clients that reach nobody.

IMPLEMENT_SIMPLE_AUTOMATION_TEST(FBanterRefusedTest, "Banter.Subsystem.AnswersWithoutAClient",
	EAutomationTestFlags::EditorContext | EAutomationTestFlags::EngineFilter)

bool FBanterRefusedTest::RunTest(const FString&)
{
	UBanterSubsystem* Subsystem = NewObject<UBanterSubsystem>(NewObject<UGameInstance>(GEngine));
	int32 Code = 0;
	Subsystem->Login(TEXT("alice"), TEXT("ticket"), FBanterDone::CreateLambda([&Code](const FBanterResult& Result) { Code = Result.Code; }));
	TestEqual(TEXT("a login is answered at once"), Code, 6013);
	TestFalse(TEXT("there is no client"), Subsystem->IsStarted());
	TestTrue(TEXT("nobody is logged in"), Subsystem->GetLoginUserId().IsEmpty());
	return true;
}

IMPLEMENT_SIMPLE_AUTOMATION_TEST(FBanterChatRefusedTest, "Banter.Chat.AnswersWithoutALogin",
	EAutomationTestFlags::EditorContext | EAutomationTestFlags::EngineFilter)

bool FBanterChatRefusedTest::RunTest(const FString&)
{
	UBanterSubsystem* Subsystem = NewObject<UBanterSubsystem>(NewObject<UGameInstance>(GEngine));
	TArray<int32> Codes;
	const auto SendAndLoad = [&]()
	{
		Subsystem->SendText(TEXT("bob"), TEXT("hello"), FBanterMessageDone::CreateLambda(
			[&Codes](const FBanterResult& Result, const FBanterMessage&) { Codes.Add(Result.Code); }));
		Subsystem->LoadOlder(TEXT("bob"), 20, FBanterMessage(), FBanterMessagesDone::CreateLambda(
			[&Codes](const FBanterResult& Result, const TArray<FBanterMessage>&) { Codes.Add(Result.Code); }));
		Subsystem->LoadConversations(FBanterConversationsDone::CreateLambda(
			[&Codes](const FBanterResult& Result, const TArray<FBanterConversation>&) { Codes.Add(Result.Code); }));
		Subsystem->Recall(FBanterMessage(), FBanterDone::CreateLambda([&Codes](const FBanterResult& Result) { Codes.Add(Result.Code); }));
		Subsystem->MarkRead(TEXT("bob"));
	};
	SendAndLoad();
	TestEqual(TEXT("without a client all are answered at once"), Codes.Num(), 4);
	TestEqual(TEXT("with the code for that"), Codes[0], 6013);
	TestTrue(TEXT("it starts"), Subsystem->Start(1, TEXT("ws://127.0.0.1:1")));
	SendAndLoad();
	Subsystem->Stop();
	TestEqual(TEXT("without a login all are answered at the end"), Codes.Num(), 8);
	return true;
}

IMPLEMENT_SIMPLE_AUTOMATION_TEST(FBanterLifeTest, "Banter.Subsystem.StartsAndStopsAgainAndAgain",
	EAutomationTestFlags::EditorContext | EAutomationTestFlags::EngineFilter)

bool FBanterLifeTest::RunTest(const FString&)
{
	UBanterSubsystem* Subsystem = NewObject<UBanterSubsystem>(NewObject<UGameInstance>(GEngine));
	for (int32 Round = 0; Round < 5; ++Round)
	{
		TestTrue(TEXT("it starts"), Subsystem->Start(1, TEXT("ws://127.0.0.1:1")));
		TestTrue(TEXT("it is logged out"), Subsystem->GetLoginStatus() == EBanterLoginStatus::LoggedOut);
		Subsystem->Stop();
		TestFalse(TEXT("it has stopped"), Subsystem->IsStarted());
	}
	return true;
}

#endif // WITH_DEV_AUTOMATION_TESTS
