package main

/*
#include "go_side.h"
*/
import "C"

import (
	"time"

	"github.com/banter-im/banter/core"
	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/timerr"
)

// The kinds of events, as client.h has them.
const (
	sessionEvent = 0
	changeEvent  = 1
	logEvent     = 2
)

// game is what core.Client tells the game, from one TIMInit to its TIMUninit. The
// client's loop calls it, and any goroutine its Log; nothing in it waits for the game.
type game struct {
	c     *C.struct_tim_client
	epoch C.uint32_t
	state core.State
}

// event queues an event: args are int64 and string, as the slot's callback has them. It
// says whether there was room for it.
func (g *game) event(kind, slot int, args ...any) bool {
	block := C.tim_block_event(C.int(slot))
	if block == nil {
		return false // no memory; the state that it tells of is published already
	}
	for i, arg := range args {
		switch arg := arg.(type) {
		case int64:
			C.tim_event_number(block, C.int(i), C.int64_t(arg))
		case string:
			text := clean(arg)
			C.tim_event_text(block, C.int(i), chars(text), C.size_t(len(text)))
		}
	}
	return bool(C.tim_push_event(g.c, block, g.epoch, C.int(kind)))
}

// NetworkStatus tells that the link to the server changed.
func (g *game) NetworkStatus(status core.NetworkStatus, code timerr.Code, desc string) {
	g.event(sessionEvent, slotNetworkStatusListener, int64(status), int64(code), desc)
}

// KickedOffline tells that the session was ended for another device or by an admin.
func (g *game) KickedOffline() { g.event(sessionEvent, slotKickedOffline) }

// UserSigExpired tells that the ticket ran out.
func (g *game) UserSigExpired() { g.event(sessionEvent, slotUserSigExpired) }

// ExperimentalNotify tells what the C API has no callback for.
func (g *game) ExperimentalNotify(key, data string) {
	g.event(sessionEvent, slotExperimentalNotify, key, data)
}

// UserStatusChanged tells of users' statuses, if the game listens.
func (g *game) UserStatusChanged(statuses string) bool {
	return g.change(slotUserStatusChanged, statuses)
}

// Messages tells of new messages, if the game listens.
func (g *game) Messages(list string) bool { return g.change(slotRecvNewMsg, list) }

// MessagesRevoked tells of messages that were recalled.
func (g *game) MessagesRevoked(list string) bool { return g.change(slotMsgRevoke, list) }

// MessagesModified tells of messages that are others now.
func (g *game) MessagesModified(list string) bool { return g.change(slotMsgUpdate, list) }

// MessagesRead tells of messages that others have read.
func (g *game) MessagesRead(list string) bool { return g.change(slotMsgReadedReceipt, list) }

// ExtensionsChanged tells of extensions of a message that were set.
func (g *game) ExtensionsChanged(message, list string) bool {
	return g.change(slotMsgExtensionsChanged, message, list)
}

// ExtensionsDeleted tells of extensions of a message that were deleted.
func (g *game) ExtensionsDeleted(message, list string) bool {
	return g.change(slotMsgExtensionsDeleted, message, list)
}

// ReactionsChanged tells of reactions of messages.
func (g *game) ReactionsChanged(list string) bool { return g.change(slotMsgReactionsChanged, list) }

// ConversationEvent tells of conversations, and of their sync.
func (g *game) ConversationEvent(event tim.ConvEvent, list string) bool {
	return g.change(slotConvEvent, int64(event), list)
}

// TotalUnread tells how many messages are unread.
func (g *game) TotalUnread(count int64) bool {
	return g.change(slotConvTotalUnreadMessageCountChanged, count)
}

// AllReceiveOption tells when the user is not notified from now on.
func (g *game) AllReceiveOption(info string) bool {
	return g.change(slotMsgAllMessageReceiveOption, info)
}

// change queues an event that can be told again later, if the game listens to it. It says
// whether there was room.
func (g *game) change(slot int, args ...any) bool {
	return !bool(C.tim_wants(g.c, C.int(slot))) || g.event(changeEvent, slot, args...)
}

// Log hands a log line to the game, if it listens.
func (g *game) Log(level int, text string) {
	if C.tim_wants(g.c, slotLog) {
		g.event(logEvent, slotLog, int64(level), text)
	}
}

// Publish makes the state readable for the getters, before what tells of it is queued.
func (g *game) Publish(state core.State) {
	if state.UserID != g.state.UserID {
		C.tim_publish_user(g.c, g.epoch, chars(state.UserID), C.size_t(len(state.UserID)))
	}
	if state.Status != g.state.Status {
		C.tim_publish_status(g.c, g.epoch, C.int(state.Status))
	}
	if state.ServerTimeKnown && (!g.state.ServerTimeKnown || state.ServerOffset != g.state.ServerOffset) {
		C.tim_publish_server_time(g.c, C.int64_t(time.Now().Add(state.ServerOffset).UnixMilli()))
	}
	g.state = state
}

// Settled comes after everything that tells of the published state has been queued.
// Calls that need a login are then answered without asking the client.
func (g *game) Settled() {
	if g.state.Status == core.LoggedOut {
		C.tim_publish_logged_out(g.c, g.epoch)
	}
}
