package main

import (
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/banter-im/banter/server/chat"
	"github.com/banter-im/banter/server/session"
)

// policyConfig says which devices of an account may be online together, and what one that
// had to go hears of it.
type policyConfig struct {
	LoginPolicy string    `toml:"login_policy"`
	Instances   instances `toml:"instances"`
	OnReconnect *bool     `toml:"kicked_offline_on_reconnect"` // true, unless set
	OnLogin     bool      `toml:"kicked_offline_on_login"`
}

// instances are how many sessions a platform may have.
type instances map[session.Platform]int

// String is the reverse of Set.
func (i instances) String() string {
	var all []string
	for platform, count := range i {
		all = append(all, fmt.Sprintf("%s=%d", platform, count))
	}
	slices.Sort(all)
	return strings.Join(all, ",")
}

// Set reads what a flag gives, such as linux=3,web=10.
func (i *instances) Set(text string) error {
	read := instances{}
	for one := range strings.SplitSeq(text, ",") {
		platform, count, _ := strings.Cut(one, "=")
		n, err := strconv.Atoi(count)
		if err != nil {
			return fmt.Errorf("%.40q is no platform=count", one)
		}
		read[session.Platform(platform)] = n
	}
	*i = read
	return nil
}

// addFlags lets flags set the policy.
func (c *policyConfig) addFlags(flags *flag.FlagSet) {
	flags.StringVar(&c.LoginPolicy, "login-policy", "", "which devices may be online together: single, dual, triple, multi (default dual)")
	flags.Var(&c.Instances, "instances", "how many devices a platform may have, such as `linux=3,web=10` (default 1 each)")
	c.OnReconnect = flags.Bool("kicked-offline-on-reconnect", true, "a login that waits for a reconnect gets 6208 after a kick while away")
	flags.BoolVar(&c.OnLogin, "kicked-offline-on-login", false, "so does the first login of a device that was started anew")
}

// apply makes app follow the policy, or says what is wrong with it.
func (c policyConfig) apply(app *chat.App) error {
	app.Policy = session.Policy{Mode: session.Mode(c.LoginPolicy), Limits: c.Instances}
	app.KickedOnReconnect = c.OnReconnect == nil || *c.OnReconnect
	app.KickedOnLogin = c.OnLogin
	return app.Policy.Check()
}
