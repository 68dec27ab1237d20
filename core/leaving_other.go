//go:build !linux

package core

// isLeft says whether who has a file is about to close it: nobody says so here.
func isLeft(string) bool { return false }
