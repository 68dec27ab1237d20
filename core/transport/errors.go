package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"

	"github.com/gorilla/websocket"

	"github.com/banter-im/banter/internal/timerr"
)

// ErrPermanent marks errors of a dial that another try does not change.
var ErrPermanent = errors.New("another try changes nothing")

var errEndless = fmt.Errorf("it has sent more than %d bytes without an answer to hello", maxBeforeHello)

// dialError gives err the code that the network callback tells, and a desc that names the
// server. An error that has a code keeps it.
func dialError(ctx context.Context, target Target, response *http.Response, err error) error {
	var coded *timerr.Error
	if errors.As(err, &coded) {
		return coded
	}
	if context.Cause(ctx) != nil {
		err = context.Cause(ctx) // the connection was closed because of it
	}
	code, what := classify(err)
	if errors.Is(err, websocket.ErrBadHandshake) && response != nil {
		code, what = timerr.SDKNetConnRefuse, "answered "+response.Status+" instead of a WebSocket"
	}
	e := timerr.Newf(code, "%s: %s", target, what)
	e.Err = err
	return e
}

// classify says in a code and in words what went wrong while connecting.
func classify(err error) (timerr.Code, string) {
	var name *net.DNSError
	var timeout net.Error
	switch {
	case errors.As(err, &name):
		return timerr.SDKNetHostGetaddrinfoFailed, "the host name could not be resolved"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return timerr.SDKNetConnTimeout, "no answer in time"
	case is(err, refusedErrors):
		return timerr.SDKNetConnRefuse, "the connection was refused"
	case is(err, unreachableErrors):
		return timerr.SDKNetNetUnreach, "the network is unreachable"
	case is(err, resetErrors), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return timerr.SDKNetConnectReset, "the connection was reset while connecting"
	case errors.Is(err, errEndless):
		return timerr.SDKNetConnRefuse, errEndless.Error()
	case errors.Is(err, context.Canceled):
		return timerr.SDKNetDisconnect, "connecting was given up"
	}
	return timerr.SDKNetDisconnect, trust(err)
}

// trust says what is wrong with the server's certificate, if that is what err is about.
func trust(err error) string {
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var verification *tls.CertificateVerificationError
	switch {
	case errors.Is(err, errWrongKey):
		return errWrongKey.Error()
	case errors.As(err, &authority), errors.As(err, &host), errors.As(err, &invalid), errors.As(err, &verification):
		return "the server's certificate is not trusted: " + err.Error()
	}
	return "connecting failed: " + err.Error()
}

// linkError gives the error that ended a link its code.
func linkError(err error) error {
	var coded *timerr.Error
	var timeout net.Error
	switch {
	case errors.As(err, &coded):
		return coded
	case errors.As(err, &timeout) && timeout.Timeout():
		return &timerr.Error{Code: timerr.SDKNetDisconnect, Desc: "the link is dead: the server no longer answers", Err: err}
	case is(err, resetErrors):
		return &timerr.Error{Code: timerr.SDKNetResetByPeer, Desc: "the link was reset", Err: err}
	}
	return &timerr.Error{Code: timerr.SDKNetDisconnect, Desc: "the link was lost", Err: err}
}

func is(err error, any []error) bool {
	for _, target := range any {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}

// String names the server, and the proxy before it, as a desc may show them.
func (t Target) String() string {
	name := "the server's address"
	if u, err := url.Parse(t.URL); err == nil {
		name = u.Host
	}
	if t.Proxy != nil {
		name += " by proxy " + t.Proxy.Host
	}
	return name
}
