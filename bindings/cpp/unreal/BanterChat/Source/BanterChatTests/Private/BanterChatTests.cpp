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
