//go:build banter_panic

package main

import "strings"

// provoke panics when the game asks for it: a test sees what becomes of that.
func provoke(req *request) {
	if req.function == fnCallExperimentalAPI && strings.Contains(req.text(0), "provoke_panic") {
		panic("provoked")
	}
}
