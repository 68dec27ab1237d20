package chaos

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// team is a few devices that share a few accounts. What they do is done one after the other,
// but for races, so that the model knows what came last.
type team struct {
	stage    *stage
	app      app
	devices  []*client
	users    []string
	accounts map[string]*Account // by user
	random   *rand.Rand
	deck     *deck
	calm     bool // nothing fails at the moment
}

func (s *stage) addTeam(number int, a app, platforms []string, random *rand.Rand, acts *deck) *team {
	t := &team{stage: s, app: a, accounts: map[string]*Account{}, random: random, deck: acts}
	byDevice := map[string]string{}
	for _, platform := range platforms {
		c := s.addClient(a, platform)
		t.devices = append(t.devices, c)
		byDevice[c.name] = platform
	}
	for _, suffix := range []string{"a", "b"} {
		user := fmt.Sprintf("team-%d-%s", number, suffix)
		t.users = append(t.users, user)
		t.accounts[user] = NewAccount(a.policy, byDevice)
	}
	return t
}

// play does what the deck says until the storm is over.
func (t *team) play(ctx context.Context) {
	for _, a := range t.accounts {
		a.Storm()
	}
	for ctx.Err() == nil {
		t.act(t.deck.deal())
		pause(ctx, t.stage.between(t.random, 0, 1))
	}
}

// pause waits, or less when the storm is over.
func pause(ctx context.Context, long time.Duration) {
	select {
	case <-time.After(long):
	case <-ctx.Done():
	}
}

// acts are what devices do.
var acts = []string{"login", "login elsewhere", "switch", "renew", "expire", "logout", "kick", "crash", "race", "login", "login elsewhere"}

func (t *team) act(kind string) {
	c, user := t.any(), t.anyUser()
	switch kind {
	case "login":
		t.login(c, user, time.Hour)
	case "login elsewhere":
		t.elsewhere()
	case "switch":
		in := t.inOrLogin(c, user)
		t.login(c, t.otherThan(in), time.Hour)
	case "renew":
		t.login(c, t.inOrLogin(c, user), time.Hour)
	case "expire":
		t.expire(c, user)
	case "logout":
		t.inOrLogin(c, user)
		t.logout(c)
	case "kick":
		t.kick(user)
	case "crash":
		t.crash(t.devices[1+t.random.IntN(len(t.devices)-1)])
	case "race":
		t.race(user)
	}
	t.stage.figures.Count("acts", kind)
}

func (t *team) any() *client    { return t.devices[t.random.IntN(len(t.devices))] }
func (t *team) anyUser() string { return t.users[t.random.IntN(len(t.users))] }

func (t *team) otherThan(user string) string {
	if user == t.users[0] {
		return t.users[1]
	}
	return t.users[0]
}

// inOrLogin returns who is logged in on the device, after a login if nobody was.
func (t *team) inOrLogin(c *client, user string) string {
	if in := c.loggedIn(); in != "" {
		return in
	}
	t.login(c, user, time.Hour)
	return user
}

// elsewhere logs a device in to the account that another one uses.
func (t *team) elsewhere() {
	for _, i := range t.random.Perm(len(t.devices)) {
		user := t.devices[i].loggedIn()
		for _, j := range t.random.Perm(len(t.devices)) {
			if user != "" && t.devices[j].loggedIn() != user {
				t.login(t.devices[j], user, time.Hour)
				return
			}
		}
	}
	t.login(t.any(), t.anyUser(), time.Hour)
}

// attempt is a TIMLogin that has been called.
type attempt struct {
	made    *call
	user    string
	before  string // who was logged in then
	renewed bool   // the same user, and still when the answer came
}

func (t *team) begin(c *client, user string, life time.Duration) *attempt {
	a := &attempt{user: user, before: c.loggedIn()}
	ticket := t.stage.ticket(t.app, user, life)
	a.made = c.call("TIMLogin", func(code int) {
		a.renewed = c.user == user
		switch {
		case code == 0:
			c.user = user
		case c.user != user:
			c.user = "" // another one's place was taken already
		}
	}, user, ticket)
	t.stage.figures.Count("calls", "TIMLogin")
	return a
}

// What a login may be answered with in a storm, besides 0: kicked while away, the session
// has just ended, not reached, not answered, and what a node without its store says.
var mayFail = []int{kickedWhileAway, sessionEnded, 9508, 9520, 9523, 70169, 70500}

// sessionEnded is what a call gets whose session has ended before it was answered.
const sessionEnded = 6014

// kickedWhileAway is what a game that was started anew is told once, where its app says so.
const kickedWhileAway = 6208

// allows says whether a login may have failed so.
func (t *team) allows(code int, more []int) bool {
	switch {
	case code == unanswered: // which is noted already, unless the process was ended
		return true
	case t.calm:
		return code == kickedWhileAway && t.app.onLogin || slices.Contains(more, code)
	}
	return slices.Contains(mayFail, code) || slices.Contains(more, code)
}

// finish waits for the answer and tells the model all but a success.
func (t *team) finish(c *client, a *attempt, more ...int) (code int) {
	code = c.await(a.made)
	t.stage.figures.Count("logins of games, by code", fmt.Sprint(code))
	if a.before != "" && a.before != a.user {
		t.accounts[a.before].Left(c.name)
	}
	switch {
	case code == 0 && a.renewed:
		t.accounts[a.user].Renewed(c.name)
	case code != 0:
		t.accounts[a.user].Failed(c.name)
		if !t.allows(code, more) {
			t.stage.wrong("%s: TIMLogin was answered with %d", c.name, code)
		}
	}
	return code
}

func (t *team) login(c *client, user string, life time.Duration, more ...int) (code int) {
	a := t.begin(c, user, life)
	code = t.finish(c, a, more...)
	if code == 0 && !a.renewed {
		t.accounts[user].LoggedIn(c.name)
	}
	return code
}

// mayLose is what a login that races another may be answered with. One that only renews
// its ticket may hear of the other first, which has ended its session.
func (a *attempt) mayLose() []int {
	if a.before == a.user {
		return []int{kickedWhileAway, sessionEnded}
	}
	return []int{kickedWhileAway}
}

// race logs two devices in at one moment.
func (t *team) race(user string) {
	order := t.random.Perm(len(t.devices))
	first, second := t.devices[order[0]], t.devices[order[1]]
	a, b := t.begin(first, user, time.Hour), t.begin(second, user, time.Hour)
	var in []string
	if t.finish(first, a, a.mayLose()...) == 0 && !a.renewed {
		in = append(in, first.name)
	}
	if t.finish(second, b, b.mayLose()...) == 0 && !b.renewed {
		in = append(in, second.name)
	}
	t.accounts[user].LoggedIn(in...)
}

// expire logs in with a ticket that is good for some seconds, and waits for its end.
func (t *team) expire(c *client, user string) {
	const expired, expiredToo = 70001, 6206
	if t.login(c, user, 3*time.Second, expired, expiredToo) != 0 {
		return
	}
	for deadline := time.Now().Add(patience); c.loggedIn() == user; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.stage.wrong("%s: a ticket of 3 s still holds after %v", c.name, patience)
			return
		}
	}
	t.accounts[user].Left(c.name)
}

func (t *team) logout(c *client) {
	user := c.loggedIn()
	t.stage.figures.Count("calls", "TIMLogout")
	code := c.await(c.call("TIMLogout", func(int) { c.user = "" }))
	if code != 0 && code != unanswered {
		t.stage.wrong("%s: TIMLogout was answered with %d", c.name, code)
	}
	if user != "" {
		t.accounts[user].Left(c.name)
	}
}

// kick has an administrator end the account's sessions, at the first node that can.
func (t *team) kick(user string) {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		n := t.stage.nodes[t.random.IntN(len(t.stage.nodes))]
		var answer struct{}
		err := t.stage.backend.ask(n, t.app, "im_open_login_svc/kick", map[string]string{"UserID": user}, &answer)
		if err == nil {
			t.accounts[user].Voided()
			return
		}
		const noSuchAccount = 70107 // nobody has ever logged in
		if refusal := (refusal{}); errors.As(err, &refusal) && refusal.ErrorCode == noSuchAccount {
			return
		}
	}
	t.stage.wrong("%s could not be kicked within %v", user, patience)
}

func (t *team) crash(c *client) {
	user := c.loggedIn()
	if err := c.crash(); err != nil {
		t.stage.wrong("%v", err)
	}
	if user != "" {
		t.accounts[user].Left(c.name)
	}
}
