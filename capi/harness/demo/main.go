// Command demo shows the whole way from a game's call to a server and back: it starts the
// built `banterd dev` on a free port, makes the demo in the language asked for (c unless
// said) with nothing but what was built, and prints the program's transcript.
package main

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/banter-im/banter/capi/harness/rig"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// languages are the demos: each makes its program in a folder and returns its command line.
var languages = map[string]func(built, folder string) (command []string, err error){
	"c":      compileC,
	"cpp":    compileCPP,
	"csharp": compileCSharp,
}

func run(args []string) error {
	language := "c"
	if len(args) > 0 {
		language = args[0]
	}
	build, known := languages[language]
	if !known || len(args) > 1 {
		return fmt.Errorf("usage: demo [%s]", strings.Join(slices.Sorted(maps.Keys(languages)), "|"))
	}
	folder, err := os.MkdirTemp("", "banter-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	built, err := rig.Built()
	if err != nil {
		return err
	}
	server, err := rig.Dev(built, filepath.Join(folder, "server"), filepath.Join(folder, "server.log"))
	if err != nil {
		return err
	}
	defer server.Stop(syscall.SIGTERM)
	command, err := build(built, folder)
	if err != nil {
		return err
	}
	command = append(command, server.DemoArguments(filepath.Join(folder, "client"))...)
	demo := exec.Command(command[0], command[1:]...)
	demo.Stdout, demo.Stderr = os.Stdout, os.Stderr
	if err := demo.Run(); err != nil {
		return fmt.Errorf("the demo in %s: %w", language, err)
	}
	fmt.Println("exit 0")
	return server.Stop(syscall.SIGTERM)
}
