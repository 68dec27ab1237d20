//go:build !linux

package main

import "net"

// inheritKeepalive has keepalive set on each connection. How long what was sent may stay
// unacknowledged is an option of Linux alone.
func inheritKeepalive(listener *net.ListenConfig, keepalive net.KeepAliveConfig) {
	listener.KeepAliveConfig = keepalive
}
