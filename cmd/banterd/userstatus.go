package main

import (
	"flag"

	"github.com/banter-im/banter/server/chat"
)

// userStatusConfig says whether users see each other's statuses.
type userStatusConfig struct {
	UserStatus *bool `toml:"user_status"` // true, unless set
}

// addFlags lets a flag set it.
func (c *userStatusConfig) addFlags(flags *flag.FlagSet) {
	c.UserStatus = flags.Bool("user-status", true, "users may ask for each other's status; else they get 72001")
}

func (c userStatusConfig) apply(app *chat.App) {
	app.NoUserStatus = c.UserStatus != nil && !*c.UserStatus
}
