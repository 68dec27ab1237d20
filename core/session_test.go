package core

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// rule is one rule of login and link: its name is what it promises.
type rule struct {
	name  string
	from  session
	event event
	to    session
	do    []effect
}

// Who and what the rules speak of.
var (
	ann   = &account{user: "ann", ticket: "a1", id: "5e55", number: 7}
	later = &account{user: "ann", ticket: "a1", id: "5e55", number: 8}

	annAsks   = &login{user: "ann", ticket: "a1"}
	annAgain  = &login{user: "ann", ticket: "a1"}
	annAnew   = &login{user: "ann", ticket: "a2"}
	bobAsks   = &login{user: "bob", ticket: "b1"}
	annLeaves = &logout{}
	twice     = &logout{}

	refused    = timerr.New(timerr.SDKNetConnRefuse)
	lost       = timerr.New(timerr.SDKNetDisconnect)
	oldTicket  = timerr.New(timerr.SvrAccountUserSigExpired)
	revoked    = timerr.New(timerr.SvrAccountInvalidUserSig)
	overloaded = timerr.New(timerr.SvrAccountInternalTimeout)
	noAddress  = permanent(timerr.New(timerr.SDKNetDisconnect))
	interrupt  = timerr.New(timerr.SDKCommInterrupt)
	internal   = timerr.New(timerr.SDKInternalError)
	by         = wire.Kicked{Reason: wire.KickOtherDevice, Platform: "windows", Time: 5, Instance: "1d"}
	byButGoOn  = wire.Kicked{Reason: wire.KickOtherDevice, Platform: "windows", Time: 5, Instance: "1d", LoginGoesOn: true}

	online = session{in: ann, link: linkUp, active: true}
)

func TestSessionStep(t *testing.T) {
	for group, rules := range map[string][]rule{
		"login": loginRules, "ticket": ticketRules, "logout": logoutRules,
		"link": linkRules, "resume": resumeRules, "end": endRules, "close": closeRules,
	} {
		for _, tt := range rules {
			t.Run(group+"/"+tt.name, func(t *testing.T) {
				next, do := tt.from.step(tt.event)
				assert.Equal(t, tt.to, next)
				assert.Equal(t, tt.do, do)
			})
		}
	}
}

func code(c timerr.Code) error { return timerr.New(c) }

// anotherAccount is why a login ends when another account asks.
var anotherAccount = timerr.Newf(timerr.SDKCommInterrupt, "another account logs in")

var loginRules = []rule{
	{"a login without a link dials",
		session{}, loginAsked{annAsks}, session{pending: annAsks, sent: true, link: dialing},
		[]effect{alarm{}, notify{Connecting, nil}, dial{}}},
	{"a login while TIMInit's attempt runs waits for it",
		session{link: dialing}, loginAsked{annAsks}, session{pending: annAsks, link: dialing}, []effect{alarm{}}},
	{"a login on a link goes at once",
		session{link: linkUp}, loginAsked{annAsks}, session{pending: annAsks, sent: true, link: linkUp},
		[]effect{alarm{}, send{annAsks}}},
	{"a login while the next dial waits dials at once",
		session{in: ann, link: waiting}, loginAsked{annAnew}, session{in: ann, pending: annAnew, link: dialing},
		[]effect{alarm{}, notify{Connecting, nil}, dial{}}},
	{"a login that is accepted is in",
		session{pending: annAsks, sent: true, link: linkUp, tries: 3}, answered{annAsks, ann, nil}, online,
		[]effect{reply{annAsks, nil}, flush{}}},
	{"a login that is refused leaves nobody in, and the link up",
		session{pending: annAsks, sent: true, link: linkUp}, answered{annAsks, nil, oldTicket}, session{link: linkUp},
		[]effect{reply{annAsks, oldTicket}}},
	{"a second login of the user in flight is refused",
		session{pending: annAsks}, loginAsked{annAnew}, session{pending: annAsks},
		[]effect{reply{annAnew, code(7501)}}},
	{"another user's login ends the one in flight and goes on",
		session{pending: annAsks, link: waiting}, loginAsked{bobAsks}, session{pending: bobAsks, sent: true, link: dialing},
		[]effect{reply{annAsks, anotherAccount}, alarm{}, notify{Connecting, nil}, dial{}}},
	{"another user's login follows the one that was sent, on the same link",
		session{pending: annAsks, sent: true, link: linkUp}, loginAsked{bobAsks},
		session{pending: bobAsks, sent: true, link: linkUp},
		[]effect{reply{annAsks, anotherAccount}, alarm{}, send{bobAsks}}},
	{"an answer to a login that was replaced is late",
		session{pending: bobAsks, sent: true, link: linkUp}, answered{annAsks, ann, nil},
		session{pending: bobAsks, sent: true, link: linkUp}, nil},
	{"another user's login takes the place of who is in, and the server logs them out",
		online, loginAsked{bobAsks}, session{pending: bobAsks, sent: true, link: linkUp},
		[]effect{failRequests{errNotLoggedIn}, alarm{}, send{bobAsks}}},
	{"a failed dial does not end the login",
		session{pending: annAsks, link: dialing}, dialFailed{refused},
		session{pending: annAsks, link: waiting, tries: 1, failure: refused},
		[]effect{notify{ConnectFailed, refused}, redial{}}},
	{"nor does one that began with it, and it is sent again on the next",
		session{pending: annAsks, sent: true, link: dialing}, dialFailed{refused},
		session{pending: annAsks, link: waiting, tries: 1, failure: refused},
		[]effect{notify{ConnectFailed, refused}, redial{}}},
	{"another user's login comes after the one that a dial began with",
		session{pending: annAsks, sent: true, link: dialing}, loginAsked{bobAsks}, session{pending: bobAsks, link: dialing},
		[]effect{reply{annAsks, anotherAccount}, alarm{}}},
	{"a login without a server address ends at once",
		session{pending: annAsks, link: dialing}, dialFailed{noAddress}, session{},
		[]effect{notify{ConnectFailed, noAddress}, reply{annAsks, noAddress}, failRequests{errNotLoggedIn}, hangUp{}}},
	{"30 s without a link end the login, and its desc says why",
		session{pending: annAsks, link: waiting, failure: refused}, timeUp{}, session{},
		[]effect{reply{annAsks, timerr.Newf(9523, "the server was not reached within 30s; %s", refused.Desc)}, hangUp{}}},
	{"a dial that began with it has not reached the server before it stands",
		session{pending: annAsks, sent: true, link: dialing}, timeUp{}, session{},
		[]effect{reply{annAsks, timerr.Newf(9523, "the server was not reached within 30s")}, hangUp{}}},
	{"30 s without an answer end it too",
		session{pending: annAsks, sent: true, link: linkUp}, timeUp{}, session{},
		[]effect{reply{annAsks, timerr.Newf(9520, "the server did not answer the login within 30s")}, hangUp{}}},
	{"30 s after a login that was answered mean nothing",
		online, timeUp{}, online, nil},
	{"a login lost with its link is sent again on the next",
		session{pending: annAsks, sent: true, link: linkUp}, unlinked{err: lost},
		session{pending: annAsks, link: waiting, tries: 1, failure: lost},
		[]effect{hangUp{}, notify{Disconnected, lost}, redial{}}},
}

var ticketRules = []rule{
	{"the same ticket of the user who is in succeeds at once",
		online, loginAsked{annAgain}, online, []effect{reply{annAgain, nil}}},
	{"also while the link is down",
		session{in: ann, link: waiting}, loginAsked{annAgain}, session{in: ann, link: waiting}, []effect{reply{annAgain, nil}}},
	{"another ticket is for the server to check",
		online, loginAsked{annAnew}, session{in: ann, pending: annAnew, sent: true, link: linkUp, active: true},
		[]effect{alarm{}, send{annAnew}}},
	{"another ticket waits for the answer to a resume",
		session{in: ann, link: linkUp}, loginAsked{annAnew}, session{in: ann, pending: annAnew, link: linkUp},
		[]effect{alarm{}}},
	{"a good one takes the old one's place",
		session{in: ann, pending: annAnew, sent: true, link: linkUp, active: true}, answered{annAnew, later, nil},
		session{in: later, link: linkUp, active: true}, []effect{reply{annAnew, nil}, flush{}}},
	{"a bad one leaves the session as it was",
		session{in: ann, pending: annAnew, sent: true, link: linkUp, active: true}, answered{annAnew, nil, oldTicket},
		online, []effect{reply{annAnew, oldTicket}}},
	{"one that nobody answers leaves it too",
		session{in: ann, pending: annAnew, link: waiting}, timeUp{}, session{in: ann, link: waiting},
		[]effect{reply{annAnew, timerr.Newf(9523, "the server was not reached within 30s")}}},
}

var logoutRules = []rule{
	{"logging out with nobody in succeeds at once",
		session{link: linkUp}, logoutAsked{annLeaves}, session{link: linkUp}, []effect{reply{annLeaves, nil}}},
	{"logging out tells the server, for 5 s at most",
		online, logoutAsked{annLeaves}, session{in: ann, leaving: annLeaves, sent: true, link: linkUp, active: true},
		[]effect{failRequests{errNotLoggedIn}, leaveAlarm{}, logOut{}}},
	{"its answer closes the link without a network event",
		session{in: ann, leaving: annLeaves, sent: true, link: linkUp}, loggedOut{}, session{},
		[]effect{reply{annLeaves, nil}, hangUp{}}},
	{"so does the server's closing",
		session{in: ann, leaving: annLeaves, sent: true, link: linkUp}, closing{notice: wire.Closing{Reason: wire.CloseLoggedOut}},
		session{}, []effect{reply{annLeaves, nil}, hangUp{}}},
	{"so does the loss of the link",
		session{in: ann, leaving: annLeaves, sent: true, link: linkUp}, unlinked{err: lost}, session{},
		[]effect{reply{annLeaves, nil}, hangUp{}}},
	{"5 s without an answer are enough",
		session{in: ann, leaving: annLeaves, link: waiting}, leaveTimeUp{}, session{},
		[]effect{reply{annLeaves, nil}, hangUp{}}},
	{"a logout without a link dials for those 5 s, so that the server sees it",
		session{in: ann, link: waiting}, logoutAsked{annLeaves}, session{in: ann, leaving: annLeaves, link: dialing},
		[]effect{failRequests{errNotLoggedIn}, leaveAlarm{}, notify{Connecting, nil}, dial{}}},
	{"and goes after the resume",
		session{in: ann, leaving: annLeaves, link: linkUp}, resumed{of: ann, account: later},
		session{in: later, leaving: annLeaves, sent: true, link: linkUp, active: true}, []effect{logOut{}}},
	{"a resume that is refused is a logout too",
		session{in: ann, leaving: annLeaves, link: linkUp}, resumed{of: ann, err: oldTicket}, session{},
		[]effect{reply{annLeaves, nil}, hangUp{}}},
	{"a second logout is refused",
		session{in: ann, leaving: annLeaves}, logoutAsked{twice}, session{in: ann, leaving: annLeaves},
		[]effect{reply{twice, code(7502)}}},
	{"a logout ends a login that was not sent, at once",
		session{pending: annAsks, link: dialing}, logoutAsked{annLeaves}, session{},
		[]effect{reply{annAsks, code(6023)}, reply{annLeaves, nil}, hangUp{}}},
	{"and one that was sent, for the server too",
		session{pending: annAsks, sent: true, link: linkUp}, logoutAsked{annLeaves},
		session{leaving: annLeaves, sent: true, link: linkUp},
		[]effect{reply{annAsks, code(6023)}, failRequests{errNotLoggedIn}, leaveAlarm{}, logOut{}}},
	{"and one that a dial began with, once the link stands",
		session{pending: annAsks, sent: true, link: dialing}, logoutAsked{annLeaves}, session{leaving: annLeaves, link: dialing},
		[]effect{reply{annAsks, code(6023)}, failRequests{errNotLoggedIn}, leaveAlarm{}}},
	{"which is then",
		session{leaving: annLeaves, link: dialing}, linked{}, session{leaving: annLeaves, sent: true, link: linkUp},
		[]effect{notify{Connected, nil}, logOut{}}},
	{"or at once, if it will not",
		session{leaving: annLeaves, link: dialing}, dialFailed{refused}, session{},
		[]effect{notify{ConnectFailed, refused}, reply{annLeaves, nil}, hangUp{}}},
	{"and one with a fresh ticket",
		session{in: ann, pending: annAnew, sent: true, link: linkUp, active: true}, logoutAsked{annLeaves},
		session{in: ann, leaving: annLeaves, sent: true, link: linkUp, active: true},
		[]effect{reply{annAnew, code(6023)}, failRequests{errNotLoggedIn}, leaveAlarm{}, logOut{}}},
	{"a login while logging out ends the logout, and dials anew",
		session{in: ann, leaving: annLeaves, sent: true, link: linkUp}, loginAsked{annAgain},
		session{pending: annAgain, sent: true, link: dialing},
		[]effect{reply{annLeaves, nil}, hangUp{}, alarm{}, notify{Connecting, nil}, dial{}}},
	{"a kick while logging out is a logout",
		session{in: ann, leaving: annLeaves, sent: true, link: linkUp}, kicked{by}, session{},
		[]effect{reply{annLeaves, nil}, hangUp{}}},
}
