//go:build unix

package main

import (
	"log/slog"

	"golang.org/x/sys/unix"
)

// warnOfOpenFiles says when the system allows the process fewer open files than there may be
// links: the players beyond that could not connect. Go has raised the soft limit to the hard one
// by then, where the system lets it.
func warnOfOpenFiles(log *slog.Logger, connections int) {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil || uint64(limit.Cur) >= uint64(connections) {
		return
	}
	log.Warn("the system allows fewer open files than max_connections, and each link is one: raise the limit "+
		"(LimitNOFILE of the unit, or ulimit -n), or lower max_connections in [limits]",
		"open_files", uint64(limit.Cur), "max_connections", connections)
}
