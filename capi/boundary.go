//go:debug containermaxprocs=0

// Package main is libImSDK, the library with the TIM C API. It is the C boundary alone:
// checks, queues and conversion; the client is package core.
//
// A thread of the game never runs Go, and Go never runs code of the game: the C files
// queue each call as a request, this file takes the requests and queues their answers,
// and C runs the callbacks.
package main

/*
#cgo CFLAGS: -std=gnu11 -O2 -fvisibility=hidden -Wall -Wextra -Wno-unused-parameter -I${SRCDIR}/include -DTIM_EXPORTS
#include "go_side.h"
*/
import "C"

import (
	"os"
	"runtime"
	"runtime/debug"

	"github.com/tidwall/gjson"

	"github.com/banter-im/banter/core"
	"github.com/banter-im/banter/internal/timerr"
)

// main is never called: the host owns the process.
func main() {}

// init starts the library. It is the one thing that a host's loading of it runs, and
// opens no file and no socket. Nor does Go itself: without the setting at the top of this
// file it would keep two of the system's open, from which it learns a container's share of
// the processors.
func init() {
	debug.SetGCPercent(gcPercent)
	spawn(newLibrary().serve)
}

// gcPercent is half of Go's own: the client holds little and makes little garbage, so what
// it costs is not felt, and the game has 2 MiB more. It also settles the heap within the
// first rounds of TIMInit and TIMUninit, where it would otherwise grow for hundreds.
const gcPercent = 50

// spawn runs f beside the others. It holds the package's only go statement. A panic that
// comes this far would end the game's process, so it ends here.
func spawn(f func()) {
	go func() {
		defer func() { _ = recover() }()
		f()
	}()
}

// boundary hands the requests of one client of the C half to core. One goroutine at a time
// uses it, as lane has it.
type boundary struct {
	lane     lane
	c        *C.struct_tim_client
	name     string
	settings *core.Settings
	disk     *core.Disk
	client   *core.Client // from TIMInit to TIMUninit
	keeper   *keeper
}

// start hands one request to the client. Whatever happens, it is answered exactly once,
// and who waits for it to be taken goes on.
func (b *boundary) start(req *request) {
	defer req.taken()
	defer func() {
		if r := recover(); r != nil {
			b.log("panic at the C boundary in "+req.name(), r)
			req.fail(timerr.New(timerr.SDKInternalError))
		}
	}()
	provoke(req)
	switch req.function {
	case fnInit:
		b.open(req)
	case fnUninit, farewell:
		b.close(req)
	case fnSetConfig:
		complete, err := b.settings.SetConfig(req.text(0))
		req.done(err, complete)
	case fnCallExperimentalAPI:
		b.experimental(req)
	default:
		b.call(req)
	}
}

// call starts what the client does.
func (b *boundary) call(req *request) {
	call := find(req.function)
	switch {
	case b.client == nil:
		req.answerState(false)
	case call != nil:
		call(b.client, req)
	case req.function == fnLogin:
		b.client.Login(req.text(0), req.text(1), req.done)
	case req.function == fnLogout:
		b.client.Logout(req.done)
	case req.info().Dispatch == dispatchRequest:
		b.client.Request(req.info().Name, req.body(), req.doneOrState)
	default:
		b.unbuilt(req)
	}
}

// unbuilt answers a call of client logic that this version does not have.
func (b *boundary) unbuilt(req *request) {
	if req.function == fnMsgDoForeground {
		b.client.Foreground() // what it says of the network is of use all the same
	}
	b.client.Unsupported(req.doneOrState)
}

// experimental is callExperimentalAPI, which works in every state.
func (b *boundary) experimental(req *request) {
	if b.client != nil {
		b.client.Experimental(req.text(0), req.done)
		return
	}
	answer, err := b.settings.Experimental(req.text(0))
	req.done(err, answer)
}

// open is TIMInit.
func (b *boundary) open(req *request) {
	config := req.text(1)
	mode, ok := callbackMode(config)
	if !ok || b.client != nil {
		req.asked(C.TIM_REFUSED_JSON, C.TIM_KEEP_MODE)
		return
	}
	if err := startPoller(); err != nil {
		req.asked(C.TIM_REFUSED_GONE, C.TIM_KEEP_MODE)
		return
	}
	C.tim_poller_runs()
	g := &game{c: b.c, epoch: C.tim_epoch(req.block), state: core.State{Status: core.LoggedOut}}
	client, err := core.New(core.Options{
		AppID:        uint64(req.number(0)),
		ConfigJSON:   config,
		ServerURLEnv: req.extra(),
		DataDir:      core.DataDir(runtime.GOOS, os.Getenv),
		SDKVersion:   C.GoString(C.tim_sdk_version()),
		Name:         b.name,
		Settings:     b.settings,
		Disk:         b.disk,
		Keeps:        b.keeper.keeps,
	}, g)
	if err != nil {
		req.asked(C.TIM_REFUSED_JSON, C.TIM_KEEP_MODE)
		return
	}
	b.client = client
	if file, ok := client.InstallFile(); ok {
		C.tim_has_install(b.c, C.int(file))
	}
	req.asked(C.TIM_ACCEPTED, mode)
}

// callbackMode reads who is to run callbacks; false when it is neither of the two.
func callbackMode(config string) (mode int, ok bool) {
	value := gjson.Get(config, "sdk_config_callback_mode")
	switch {
	case !value.Exists():
		return C.TIM_KEEP_MODE, true
	case value.Type == gjson.String && value.Str == "thread":
		return C.TIM_USE_THREAD, true
	case value.Type == gjson.String && value.Str == "pump":
		return C.TIM_USE_PUMP, true
	}
	return C.TIM_KEEP_MODE, false
}

// close is TIMUninit. After a farewell, C frees what b.c points to.
func (b *boundary) close(req *request) {
	if b.client != nil {
		C.tim_has_install(b.c, 0)
		b.client.Close()
		b.client = nil
	}
	if req.function == farewell {
		b.keeper.forget()
	}
	req.asked(C.TIM_ACCEPTED, C.TIM_KEEP_MODE)
}

// log writes a panic to the client's log, where there is one.
func (b *boundary) log(what string, panicked any) {
	if b.client != nil {
		b.client.Logger().Error(what, "panic", panicked, "stack", string(debug.Stack()))
	}
}
