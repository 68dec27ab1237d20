//go:build linux

package suite

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// groups are the tests of programs/tests, each group in a process of its own.
var groups = map[string]string{
	"logging in": `LoginTests.LogsInAndOut LoginTests.SaysWhatHelpsAgainstARefusal LoginTests.SwitchesAccounts
		LoginTests.IsKickedByTheBackend LoginTests.IsKickedByAnotherDevice LoginTests.GivesUpWaitingWhenCancelled
		LoginTests.FailsBeforeInit LoginTests.AnswersWhatIsPendingAtShutdown`,
	"renewing tickets": `RenewalTests.TellsOfExpiry RenewalTests.ReplacesATicketBeforeItExpires
		RenewalTests.AsksAgainWhenTheProviderFails RenewalTests.GivesUpAfterThreeExpiredTickets
		RenewalTests.ANewTicketIsNoCureForAKick RenewalTests.ALoginFetchesAnExpiredTicketAgainOnce`,
	"calls": `CallTests.NullDereferencesAreCaught CallTests.FiveThousandOverlap CallTests.MemoryStaysFlat
		CallTests.AnIdlePumpAllocatesNothing CallTests.TextComesBackAsItWent CallTests.ACallbackThatThrowsIsReported
		CallTests.WhatIsNotBuiltSaysSo CallTests.NullDereferencesAreCaught`,
	"objects":         `ObjectTests.ElementsHaveTheirClass ObjectTests.UnknownKeysAreKept ObjectTests.WhatIsNullIsLeftOut ObjectTests.WideBitsAreKept`,
	"user status":     `StatusTests.TypedCallsAndEventsCarryAStatus`,
	"several clients": `SeveralTests.EachHasItsOwnLogin SeveralTests.CallsFromManyThreadsReachTheirOwn`,
	"chatting": `ChatTests.TwoClientsChat ChatTests.ReadingIsCountedAndTold ChatTests.SingleMessagesAreRead ChatTests.MessagesAreRecalled
		ChatTests.MessagesAreModified ChatTests.AMessageThatWasNotSentIsTheSameWhenSentAgain ChatTests.WhatWasMissedComesWithTheSync
		ChatTests.ConversationsArePinnedClearedAndDeleted ChatTests.EachHandlerRunsOnItsOwn ChatTests.HandlersComeAndGo
		ChatTests.AConversationKeepsWhatTheUserNotes ChatTests.MessagesAreNotReceived ChatTests.MessagesHaveReactions ChatTests.WhatIsOnItsWayIsTakenBack`,
	"histories": `HistoryTests.PagesHaveNeitherHolesNorRepeats HistoryTests.PagesThatAreAskedForAtOnceComeInOrder HistoryTests.TheStreamIsTheSame
		HistoryTests.BadPagesAreRefused`,
	"threads":                           `ThreadTests.EventsComeOnTheContextOfInit ThreadTests.MessagesComeOnTheContextOfInit ThreadTests.WithoutAContextEventsComeOneAtATime`,
	"unloading domains":                 `DomainTests.UnloadsInPumpMode`,
	"unloading domains with the thread": `DomainTests.UnloadsInThreadMode`,
}

func TestClient(t *testing.T) {
	for _, machine := range machines {
		for name, tests := range groups {
			t.Run(machine+" "+name, func(t *testing.T) {
				folder := programs(t, machine)
				if machine == "mono-boehm" && strings.HasSuffix(name, "with the thread") {
					t.Skip("any native thread that calls into a second domain crashes mono-boehm, as ten lines of C show")
				}
				t.Parallel()
				args := append([]string{describe(t, startServer(t)), t.TempDir(), order(name)}, strings.Fields(tests)...)
				out, err := command(t, machine, folder, "Tests", args...).CombinedOutput()
				assert.NoError(t, err, string(out))
				assert.Equal(t, len(strings.Fields(tests)), strings.Count("\n"+string(out), "\nPASS "), string(out))
				t.Logf("%s", out)
			})
		}
	}
}

// order tells how Tests.exe runs a group: renewing tickets is waiting for most of the time.
func order(group string) string {
	if group == "renewing tickets" {
		return "together"
	}
	return "apart"
}

// A test that no group names would never run.
func TestEveryTestIsInAGroup(t *testing.T) { assertInGroups(t, "programs/tests/*Tests.cs", groups) }

func assertInGroups(t *testing.T, pattern string, groups map[string]string) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	require.NoError(t, err)
	require.NotEmpty(t, files)
	var all string
	for _, tests := range groups {
		all += tests + "\n"
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		class := strings.TrimSuffix(filepath.Base(file), ".cs")
		for _, method := range regexp.MustCompile(`public static void (\w+)\(\)`).FindAllStringSubmatch(string(text), -1) {
			assert.Regexp(t, `\b`+class+`\.`+method[1]+`\b`, all)
		}
	}
}
