// Package main is a program that says one word, to try the build recipes on.
package main

import "fmt"

func main() { fmt.Println("ready") }
