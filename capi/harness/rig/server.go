package rig

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/banter-im/banter/internal/usersig"
)

// Server is a running banterd. The exported fields are what `banterd dev` says of itself;
// who starts another command sets those that are needed.
type Server struct {
	cmd *exec.Cmd
	out *bufio.Reader // its stdout, after the line of JSON

	URL   string `json:"server_url"`
	REST  string `json:"rest_url"`
	AppID uint64 `json:"app_id"`
	Key   string `json:"app_key"`
	Users []struct {
		ID  string `json:"user_id"`
		Sig string `json:"user_sig"`
	} `json:"users"`
}

// Dev starts `banterd dev` of the product in the folder built, with its data in the folder
// data (on the same folder it has the same address, app and key again), and waits until it
// is ready. Its log is appended to the file log.
func Dev(built, data, log string, flags ...string) (*Server, error) {
	s := &Server{}
	if err := s.Start(built, log, append([]string{"dev", "--data", data}, flags...)...); err != nil {
		return nil, err
	}
	line, err := s.out.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, s)
	}
	if err != nil {
		s.Stop(syscall.SIGKILL)
		text, _ := os.ReadFile(log)
		return nil, fmt.Errorf("banterd dev did not get ready: %w\n%s", err, text)
	}
	return s, nil
}

// Start starts banterd with these arguments and does not wait for it.
func (s *Server) Start(built, log string, args ...string) error {
	cmd := exec.Command(filepath.Join(built, "bin", "banterd"), args...)
	file, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	cmd.Stderr = file
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	s.cmd, s.out = cmd, bufio.NewReader(out)
	return nil
}

// Pid returns the process's id.
func (s *Server) Pid() int { return s.cmd.Process.Pid }

// Stop sends a signal and waits for the end. After SIGTERM anything but a clean end is an
// error. A second Stop does nothing.
func (s *Server) Stop(signal syscall.Signal) error {
	if s.cmd == nil {
		return nil
	}
	cmd := s.cmd
	s.cmd = nil
	if err := cmd.Process.Signal(signal); err != nil {
		return err
	}
	rest, err := io.ReadAll(s.out)
	if err != nil {
		return err
	}
	if err := cmd.Wait(); err != nil && signal == syscall.SIGTERM {
		return err
	}
	if len(rest) > 0 {
		return fmt.Errorf("banterd: stdout is for the line of JSON alone, it said %q", rest)
	}
	return nil
}

// Ticket makes a UserSig of the server's app for a user.
func (s *Server) Ticket(user string, issued time.Time, life time.Duration) string {
	return usersig.Sign(s.AppID, []byte(s.Key), user, issued, life, nil)
}
