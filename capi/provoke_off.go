//go:build !banter_panic

package main

// provoke does nothing: only a library built to test it panics on demand.
func provoke(*request) {}
