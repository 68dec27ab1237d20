//go:build !unix

package main

import "log/slog"

// warnOfOpenFiles has nothing to say where the system sets no such limit.
func warnOfOpenFiles(*slog.Logger, int) {}
