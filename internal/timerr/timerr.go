// Package timerr holds the errors that a game may see: a code of the TIM C API, and a
// text for the human who must act on it.
package timerr

import (
	"errors"
	"fmt"
)

// Code is an error code of the TIM C API. The codes are generated from the contract:
// ERR_SDK_NOT_LOGGED_IN is SDKNotLoggedIn.
type Code int32

// Error is an error that a game may see. Desc is shown to the game; Err, the cause,
// is for our own logs and never crosses the C boundary or the network.
type Error struct {
	Code Code
	Desc string
	Err  error
}

// New returns an error with the code's own text.
func New(code Code) *Error { return &Error{Code: code, Desc: code.Text()} }

// Newf returns an error with a text of its own. It must not hold a secret.
func Newf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Desc: fmt.Sprintf(format, args...)}
}

// Wrap returns an error with the code's own text and a cause.
func Wrap(code Code, err error) *Error {
	return &Error{Code: code, Desc: code.Text(), Err: err}
}

func (e *Error) Error() string {
	text := fmt.Sprintf("%d %s", e.Code, e.Desc)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is makes errors.Is match on the code alone: New(SDKNotLoggedIn) finds a wrapped,
// reworded error.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// CodeOf returns the code that a game is to see for err: SDKInternalError for anything
// that is not an Error.
func CodeOf(err error) Code {
	if err == nil {
		return Succ
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return SDKInternalError
}

// DescOf returns the text that a game is to see for err: a stranger's text stays here.
func DescOf(err error) string {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Desc
	}
	return SDKInternalError.Text()
}
