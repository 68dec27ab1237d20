// Package main is a library of one function, to try the build recipes on.
package main

// #cgo CFLAGS: -std=gnu11
// #include "fixture.h"
import "C"

func init() { C.fixture_ready() }

func main() {}
