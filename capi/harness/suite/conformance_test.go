package suite

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/capi/contract"
)

// The contract, through the C ABI: every call in every state, with good arguments and
// with each of its arguments bad.

// called lists the contract's functions that check arguments and may answer.
func called(t *testing.T) []contract.Function {
	c, err := contract.Load()
	require.NoError(t, err)
	var list []contract.Function
	calls := 0
	for _, f := range c.Functions {
		if f.Kind == contract.KindCall {
			calls++
		}
		if f.Rule.Dispatch != contract.DispatchC && f.Name != "TIMInit" && f.Name != "TIMUninit" {
			list = append(list, f)
		}
	}
	require.Equal(t, 163, calls)
	return list
}

// argument is an argument of a function, with its rule.
type argument struct {
	contract.Param
	rule contract.ParamRule
}

func arguments(f contract.Function) []argument {
	var list []argument
	for i, p := range f.Params {
		if p.Type != "const void*" && !strings.HasPrefix(p.Type, "TIM") {
			list = append(list, argument{p, f.Rule.Params[i]})
		}
	}
	return list
}

// good is a value that passes the argument's rule.
func (a argument) good() arg {
	switch {
	case a.Type == "char*":
		return buffer
	case a.rule.JSON == "object":
		return text(`{"k":1}`)
	case a.rule.JSON == "array":
		return text(`["x"]`)
	case a.Type == "const char*":
		return text("x")
	case len(a.rule.Values) > 0:
		return number(int64(a.rule.Values[0]))
	}
	return number(1)
}

// trial is a value and what the call returns for it.
type trial struct {
	name   string
	value  arg
	result int
}

// or returns what the rule says instead of the usual, if it does.
func or(said *int, usual int) int {
	if said != nil {
		return *said
	}
	return usual
}

// trials are the values that are worth a call.
func (a argument) trials() []trial {
	usual := 0
	if a.rule.Rule == contract.RuleRequired {
		usual = -4
	}
	switch a.Type {
	case "char*":
		return []trial{{"NULL buffer", null, or(a.rule.OnNull, 0)}}
	case "const char*":
		if a.rule.Rule == "any" {
			return []trial{{"NULL", null, 0}, {"empty", text(""), 0}, {"not UTF-8", text("\xff"), -3}}
		}
		list := []trial{{"NULL", null, or(a.rule.OnNull, usual)}, {"empty", text(""), or(a.rule.OnEmpty, usual)},
			{"not UTF-8", text("\xff"), -3}}
		return append(list, a.jsonTrials()...)
	}
	if a.rule.Rule != contract.RuleRequired {
		return []trial{{"0", number(0), 0}, {"99", number(99), 0}}
	}
	list := []trial{{"0", number(0), -4}}
	if len(a.rule.Values) > 0 {
		list = append(list, trial{"99", number(99), -4}, trial{"the last allowed", number(int64(a.rule.Values[len(a.rule.Values)-1])), 0})
	}
	return list
}

func (a argument) jsonTrials() []trial {
	if a.rule.JSON == "" {
		return nil
	}
	other, empty := "[1]", "{}"
	if a.rule.JSON == "array" {
		other, empty = `{"a":1}`, "[]"
	}
	onEmpty, onUndefined := 0, -3
	if a.rule.Nonempty {
		onEmpty = -3
	}
	if a.rule.Rule == contract.RuleOptional {
		onUndefined = 0
	}
	return []trial{
		{"malformed", text(`{"a":`), -3}, {"the other kind", text(other), -3}, {"null", text("null"), -3},
		{"nothing in it", text(empty), onEmpty}, {"undefined", text("undefined"), onUndefined},
		{"half a surrogate pair", text(`["\ud83d"]`), -3}, {"not UTF-8 inside", text("[\"\xff\"]"), -3},
	}
}

// checkArguments calls f with each argument bad in each way. Refused calls never answer;
// accepted ones are answered once.
func checkArguments(t *testing.T, p *puppet, f contract.Function) (refused, accepted []int) {
	list := arguments(f)
	for i, a := range list {
		for _, trial := range a.trials() {
			args := make([]arg, len(list))
			for j, b := range list {
				args[j] = b.good()
			}
			args[i] = trial.value
			id, l := p.call(f.Name, args...)
			assert.Equal(t, trial.result, l.Result, "%s: %s is %s", f.Name, a.Name, trial.name)
			if l.Result == 0 {
				accepted = append(accepted, id)
			} else {
				refused = append(refused, id)
			}
		}
	}
	return refused, accepted
}

// expectation is the answer to a call with good arguments.
type expectation struct {
	code int32
	json string
}

// inState says what f answers by its rule.
func inState(o contract.Outcome) expectation { return expectation{o.Code, o.JSON} }

func hasCallback(f contract.Function) bool { return f.Callback != "" }

// checkState checks every function in one state; want gives its answer.
func checkState(t *testing.T, p *puppet, functions []contract.Function, want func(contract.Function) expectation) {
	for _, f := range functions {
		t.Run(f.Name, func(t *testing.T) {
			var args []arg
			for _, a := range arguments(f) {
				args = append(args, a.good())
			}
			id, l := p.call(f.Name, args...)
			require.Zero(t, l.Result)
			refused, accepted := checkArguments(t, p, f)
			if hasCallback(f) {
				answer, expected := p.answer(id), want(f)
				assert.EqualValues(t, expected.code, answer.Code, "code; desc %q", *answer.Desc)
				assert.Equal(t, expected.json, *answer.JSON)
				for _, id := range accepted {
					p.answer(id)
				}
				checkOnce(t, p, append(accepted, id), 1)
			}
			checkOnce(t, p, refused, 0)
		})
	}
}

func checkOnce(t *testing.T, p *puppet, ids []int, want int) {
	for _, id := range ids {
		assert.Equal(t, want, p.answered(id), "callbacks of call %d", id)
	}
}

// without leaves out functions whose answer in a state is not in the contract.
func without(functions []contract.Function, names ...string) []contract.Function {
	var list []contract.Function
	for _, f := range functions {
		if !strings.Contains(" "+strings.Join(names, " ")+" ", " "+f.Name+" ") {
			list = append(list, f)
		}
	}
	return list
}

// runs are the functions that answer by themselves in some state; runs_test.go and
// login_test.go say what.
const runs = "TIMSetConfig callExperimentalAPI"

// served are the functions that a server answers; status_test.go, chat_test.go and edits_test.go say what.
const served = "TIMGetUserStatus TIMSetSelfStatus TIMSubscribeUserStatus TIMUnsubscribeUserStatus " +
	"TIMMsgSendMessage TIMMsgSendNewMsg TIMMsgSendNewMsgEx TIMMsgCancelSend TIMMsgReportReaded TIMMsgMarkAllMessageAsRead TIMMsgRevoke " +
	"TIMMsgDelete TIMMsgListDelete TIMMsgClearHistoryMessage TIMConvDelete TIMConvPinConversation " + receiving + " " + editing + " " + extended + sorting + filed + assisted + cached

// editing are those about what messages say later, and about who has read them.
const editing = "TIMMsgModifyMessage TIMMsgSendMessageReadReceipts TIMMsgGetMessageReadReceipts"

// sorting are those of sorting_test.go.
const sorting = "TIMConvDeleteConversationList TIMConvSetConversationCustomData TIMConvMarkConversation " +
	"TIMConvCleanConversationUnreadMessageCount TIMConvCreateConversationGroup TIMConvDeleteConversationGroup " +
	"TIMConvRenameConversationGroup TIMConvAddConversationsToGroup TIMConvDeleteConversationsFromGroup "

// filed are those about what goes beside a message, and about many messages at once.
const filed = "TIMMsgBatchSend TIMMsgDownloadElemToPath "

// cached are the functions that answer from the device's own memory, also while a login is
// in flight.
const cached = "TIMMsgDownloadMergerMessage TIMMsgSaveMsg TIMMsgImportMsgList TIMMsgFindMessages TIMMsgFindByMsgLocatorList " +
	"TIMMsgSearchLocalMessages TIMMsgSetLocalCustomData TIMMsgGetMessageExtensions TIMMsgGetMsgList TIMConvGetConvList TIMConvGetConvInfo " +
	"TIMConvGetTotalUnreadMessageCount TIMConvGetConversationListByFilter TIMConvGetUnreadMessageCountByFilter " +
	"TIMConvGetConversationGroupList TIMConvCreate"

func TestConformance(t *testing.T) {
	functions := without(called(t), runs)
	p := startPuppet(t)

	t.Run("before TIMInit", func(t *testing.T) {
		checkState(t, p, functions, func(f contract.Function) expectation { return inState(f.Rule.Pre) })
	})
	t.Run("not logged in", func(t *testing.T) {
		p.init(1400000000, configFor(t, "ws://127.0.0.1:1", ""))
		checkState(t, p, without(functions, "TIMLogin"), func(f contract.Function) expectation { return inState(f.Rule.Init) })
		p.uninit()
	})
	t.Run("a login in flight", func(t *testing.T) {
		p.init(1400000000, configFor(t, "ws://127.0.0.1:1", ""))
		id, l := p.call("TIMLogin", text("ann"), text("ticket"))
		require.Zero(t, l.Result)
		checkState(t, p, without(functions, "TIMLogin", "TIMLogout", cached),
			func(f contract.Function) expectation { return inState(f.Rule.Init) })
		p.uninit()
		assert.Equal(t, 7009, p.answer(id).Code)
	})
}

func TestConformanceLoggedIn(t *testing.T) {
	s := startServer(t)
	p := startPuppet(t)
	p.init(s.AppID, s.config(""))
	require.Zero(t, p.do("TIMLogin", text("ann"), text(s.ticket("ann"))).Code)
	functions := without(called(t), runs, "TIMLogin", "TIMLogout", served)
	checkState(t, p, functions, func(f contract.Function) expectation {
		if f.Callback == "TIMMsgGroupMessageReadMemberListCallback" { // which has no code
			return expectation{0, ""}
		}
		return expectation{7013, f.Rule.Init.JSON}
	})
	answer := p.do("TIMSubscribeUserInfo", text(`["ann"]`))
	assert.Equal(t, "not supported by this version", *answer.Desc)
	assert.Equal(t, 1, *p.get().Status, "nothing of this cost the session")
}

func TestTheFirstBadArgumentDecides(t *testing.T) {
	p := startPuppet(t)
	for _, f := range called(t) {
		list := arguments(f)
		want, args := 0, make([]arg, len(list))
		for i, a := range list {
			args[i] = number(0)
			if strings.HasSuffix(a.Type, "char*") {
				args[i] = null
			}
			if want == 0 && len(a.trials()) > 0 {
				want = a.trials()[0].result
			}
		}
		_, l := p.call(f.Name, args...)
		assert.Equal(t, want, l.Result, fmt.Sprintf("%s with NULL and 0 alone", f.Name))
	}
}
