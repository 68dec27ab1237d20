// Command demo shows the whole way from a C call to a server and back: it starts the
// built `banterd dev` on a free port, compiles capi/harness/demo.c with nothing but the
// built headers and library, and prints the program's transcript.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"github.com/banter-im/banter/internal/usersig"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run() error {
	folder, err := os.MkdirTemp("", "banter-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	built, err := filepath.Abs(filepath.Join("build", "out", runtime.GOOS+"-"+runtime.GOARCH))
	if err != nil {
		return err
	}
	server, stop, err := startServer(built, folder)
	if err != nil {
		return err
	}
	defer stop()
	program, err := compile(built, folder)
	if err != nil {
		return err
	}
	args := append([]string{server.URL, strconv.FormatUint(server.AppID, 10), filepath.Join(folder, "client")}, server.tickets()...)
	demo := exec.Command(program, args...)
	demo.Stdout, demo.Stderr = os.Stdout, os.Stderr
	if err := demo.Run(); err != nil {
		return fmt.Errorf("demo.c: %w", err)
	}
	fmt.Println("exit 0")
	return stop()
}

// compile builds demo.c as a game would be: a compiler, the headers, the library.
func compile(built, folder string) (string, error) {
	program, lib := filepath.Join(folder, "demo"), filepath.Join(built, "lib")
	cc := exec.Command("cc", "-std=c99", "-Wall", "-Wextra", "-I", filepath.Join(built, "include"), "-o", program,
		filepath.Join("capi", "harness", "demo.c"), "-L", lib, "-lImSDK", "-Wl,-rpath,"+lib)
	cc.Stdout, cc.Stderr = os.Stderr, os.Stderr
	if err := cc.Run(); err != nil {
		return "", fmt.Errorf("compile demo.c: %w", err)
	}
	return program, nil
}

// server is what `banterd dev` says of itself.
type server struct {
	URL   string `json:"server_url"`
	AppID uint64 `json:"app_id"`
	Key   string `json:"app_key"`
}

// tickets are the demo's arguments: a user, a good ticket, and four that are not.
func (s server) tickets() []string {
	now, key := time.Now(), []byte(s.Key)
	sign := func(user string, key []byte, issued time.Time) string {
		return usersig.Sign(s.AppID, key, user, issued, time.Hour, nil)
	}
	good := sign("alice", key, now)
	return []string{"alice", good, sign("alice", key, now.Add(-time.Hour-35*time.Second)),
		sign("alice", []byte("the key of another app"), now), good[:len(good)/2], sign("bob", key, now)}
}

// startServer starts the built server; stop ends it and waits.
func startServer(built, folder string) (s server, stop func() error, err error) {
	cmd := exec.Command(filepath.Join(built, "bin", "banterd"), "dev", "--data", filepath.Join(folder, "server"))
	log, err := os.Create(filepath.Join(folder, "server.log"))
	if err != nil {
		return s, nil, err
	}
	defer log.Close()
	cmd.Stderr = log
	out, err := cmd.StdoutPipe()
	if err != nil {
		return s, nil, err
	}
	if err := cmd.Start(); err != nil {
		return s, nil, err
	}
	ended := false
	stop = func() error {
		if ended {
			return nil
		}
		ended = true
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			return err
		}
		return cmd.Wait()
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &s)
	}
	if err != nil {
		stop()
		return s, nil, fmt.Errorf("banterd dev: %w", err)
	}
	return s, stop, nil
}
