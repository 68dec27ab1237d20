//go:build !linux

package main

// startPoller has nothing to do where the poller is not known to end the process.
func startPoller() error { return nil }
