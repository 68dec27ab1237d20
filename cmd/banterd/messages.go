package main

import (
	"errors"
	"flag"
	"fmt"
	"time"

	"github.com/banter-im/banter/server/chat"
)

// messagesConfig is what messages may be, and what can be done with them. What is zero
// takes the default.
type messagesConfig struct {
	RecallWindow duration `toml:"recall_window"`
	MaxBytes     int      `toml:"max_message_bytes"`
	MaxPinned    int      `toml:"max_pinned"`

	MaxLabelled   int `toml:"max_labelled"`
	MaxConvGroups int `toml:"max_conversation_groups"`
	MaxConvGroup  int `toml:"max_conversation_group"`
	MaxCustomData int `toml:"max_custom_data_bytes"`
}

func (c *messagesConfig) settings() []setting {
	return []setting{
		{"messages", "recall_window", &c.RecallWindow, "in which a sender may recall a message"},
		{"messages", "max_message_bytes", &c.MaxBytes, "of all strings of a message"},
		{"messages", "max_pinned", &c.MaxPinned, "conversations that a user may pin"},
		{"messages", "max_labelled", &c.MaxLabelled, "conversations that a user may mark, group or give custom data"},
		{"messages", "max_conversation_groups", &c.MaxConvGroups, "conversation groups of a user"},
		{"messages", "max_conversation_group", &c.MaxConvGroup, "conversations of one such group"},
		{"messages", "max_custom_data_bytes", &c.MaxCustomData, "of custom data with one conversation"},
	}
}

func (c messagesConfig) check() error {
	var problems []error
	if c.RecallWindow < 0 {
		problems = append(problems, errors.New("messages.recall_window: it is negative"))
	}
	for _, one := range c.settings() {
		if n, is := one.value.(*int); is && *n < 0 {
			problems = append(problems, fmt.Errorf("messages.%s: it is negative", one.name))
		}
	}
	const most = 128 << 10 // what any player may keep on the server with one message
	if c.MaxBytes < 0 || c.MaxBytes > most {
		problems = append(problems, fmt.Errorf("messages.max_message_bytes: it is not 1 to %d", most))
	}
	return errors.Join(problems...)
}

func (c messagesConfig) limits() chat.MessageLimits {
	return chat.MessageLimits{RecallWindow: time.Duration(c.RecallWindow), Bytes: c.MaxBytes, Pinned: c.MaxPinned,
		Labels:     chat.LabelLimits{Labelled: c.MaxLabelled, Groups: c.MaxConvGroups, GroupSize: c.MaxConvGroup},
		CustomData: c.MaxCustomData}
}

// addFlags lets flags set what a developer wants to try.
func (c *messagesConfig) addFlags(flags *flag.FlagSet) {
	flags.DurationVar((*time.Duration)(&c.RecallWindow), "recall-window", 0, "in which a sender may recall a message (default 2m)")
}
