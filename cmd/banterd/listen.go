package main

import (
	"context"
	"fmt"
	"net"
)

// listenPlayers listens with the keepalive that finds dead links, which each accepted
// connection inherits. Keepalive does not look while something is under way: what was sent
// may stay unacknowledged for as long as keepalive takes.
func listenPlayers(ctx context.Context, address string, keepalive net.KeepAliveConfig) (net.Listener, error) {
	var listener net.ListenConfig
	inheritKeepalive(&listener, keepalive)
	return listener.Listen(ctx, "tcp", address)
}

// isLoopback says whether only this machine reaches a host: an unnamed one is every
// address there is.
func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// reachable returns an address that a client can dial for one that is listened on: in
// the place of "every address" stands the first of this machine that others reach.
func reachable(address net.Addr) string {
	host, port, err := net.SplitHostPort(address.String())
	if err != nil {
		return address.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = firstAddress()
	}
	return net.JoinHostPort(host, port)
}

func firstAddress() string {
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return "127.0.0.1"
	}
	for _, a := range addresses {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && !n.IP.IsLoopback() && !n.IP.IsLinkLocalUnicast() {
			return n.IP.String()
		}
	}
	return "127.0.0.1"
}

// checkAddress says what is wrong with the address that a setting gives.
func checkAddress(name, address string) error {
	_, port, err := net.SplitHostPort(address)
	if err == nil {
		_, err = net.LookupPort("tcp", port)
	}
	if err != nil {
		return fmt.Errorf("%s: %q is no host:port", name, address)
	}
	return nil
}
