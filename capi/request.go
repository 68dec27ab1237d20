package main

/*
#include "go_side.h"
*/
import "C"

import (
	"encoding/json"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
	"unsafe"

	"github.com/banter-im/banter/internal/timerr"
)

// request is one accepted call. Its arguments may be read until it is answered.
type request struct {
	c        *C.struct_tim_client
	block    *C.struct_tim_block
	function int
	ticket   C.uint64_t

	mu       sync.Mutex // an answered block is C's again
	answered bool
}

func newRequest(block *C.struct_tim_block) *request {
	r := &request{c: C.tim_client_of(block), block: block, function: int(C.tim_function_of(block))}
	if r.function != farewell {
		r.ticket = C.tim_ticket(block)
	}
	return r
}

func (r *request) info() *functionInfo { return &functions[r.function] }

func (r *request) name() string {
	if r.function == farewell {
		return "the farewell"
	}
	return r.info().Name
}

// text returns argument i, "" when it was left out.
func (r *request) text(i int) string { return C.GoString(C.tim_arg_text(r.block, C.int(i))) }

// has tells whether text i was given.
func (r *request) has(i int) bool { return C.tim_arg_text(r.block, C.int(i)) != nil }

func (r *request) number(i int) int64 { return int64(C.tim_arg_number(r.block, C.int(i))) }

// extra returns the text that came behind the arguments, "" when there is none.
func (r *request) extra() string {
	if n := len(r.info().Params); int(C.tim_arg_count(r.block)) > n {
		return r.text(n)
	}
	return ""
}

// body returns the arguments as the body of a wire command: an object with their names
// as keys, JSON texts as they are, and without what was left out.
func (r *request) body() json.RawMessage {
	var b strings.Builder
	b.WriteByte('{')
	for i, p := range r.info().Params {
		value := r.value(i, p.Kind)
		if value == "" {
			continue
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		b.WriteString(quote(p.Name) + ":" + value)
	}
	b.WriteByte('}')
	return json.RawMessage(b.String())
}

// value returns argument i as JSON, "" when it was left out.
func (r *request) value(i int, kind paramKind) string {
	switch kind {
	case kindNumber:
		return strconv.FormatInt(r.number(i), 10)
	case kindUnsigned:
		return strconv.FormatUint(uint64(r.number(i)), 10)
	case kindBool:
		return strconv.FormatBool(r.number(i) != 0)
	}
	switch {
	case !r.has(i):
		return ""
	case kind == kindObject || kind == kindArray:
		return r.text(i)
	default:
		return quote(r.text(i))
	}
}

// quote returns text as a JSON string.
func quote(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err) // a string always can be
	}
	return string(quoted)
}

// claim says whether the call is to be answered now: it is once.
func (r *request) claim() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	first := !r.answered
	r.answered = true
	return first
}

// progress runs the call's callback before its answer. After that it does nothing.
func (r *request) progress(body string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.answered {
		body = clean(body)
		C.tim_progress(r.c, r.block, chars(body), C.size_t(len(body)))
	}
}

// done answers the call. It may be called from any goroutine; the first call counts.
func (r *request) done(err error, body string) {
	if !r.claim() {
		return
	}
	if err != nil && body == "" {
		body = r.info().InitJSON // what games parse although the call failed
	}
	desc, body := clean(timerr.DescOf(err)), clean(body)
	C.tim_answer(r.c, r.block, C.int32_t(timerr.CodeOf(err)),
		chars(desc), C.size_t(len(desc)), chars(body), C.size_t(len(body)))
}

// doneOrState is done, but what the contract says when nobody is logged in.
func (r *request) doneOrState(err error, body string) {
	if timerr.CodeOf(err) == timerr.SDKNotLoggedIn {
		r.answerState(true)
		return
	}
	r.done(err, body)
}

// fail answers the call, whatever it is.
func (r *request) fail(err error) {
	if mayWait(r) { // and so does its caller
		r.asked(C.TIM_REFUSED_PARAM, C.TIM_KEEP_MODE)
		return
	}
	r.done(err, "")
}

// answerState answers what the contract says for a call that the state decides.
func (r *request) answerState(initialised bool) {
	if r.claim() {
		C.tim_answer_state(r.c, r.block, C.bool(initialised))
	}
}

// asked answers TIMInit, TIMUninit or the farewell, whose callers wait for the result. After
// a farewell's answer there is no client any more: a request of that kind has no ticket here.
func (r *request) asked(result, mode int) {
	if r.claim() {
		C.tim_asked(r.c, r.block, C.int32_t(result), C.int(mode))
	}
}

// taken lets go on who waits until the client has taken the call.
func (r *request) taken() {
	if r.ticket != 0 {
		C.tim_taken(r.c, r.ticket)
	}
}

// clean returns text as C can hold it: valid UTF-8 without NUL.
func clean(text string) string {
	if utf8.ValidString(text) && strings.IndexByte(text, 0) < 0 { // nearly always, and ten times as fast
		return text
	}
	return strings.ReplaceAll(strings.ToValidUTF8(text, "�"), "\x00", "�")
}

// chars lends a string's bytes to C for the length of one call, which copies them.
func chars(text string) *C.char { return (*C.char)(unsafe.Pointer(unsafe.StringData(text))) }
