package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/server/bench"
)

// bench runs `banterd bench` against the server. Nothing may go wrong.
func (s *devServer) bench(args ...string) bench.Report {
	s.t.Helper()
	report, err := s.benchTelling(io.Discard, args...)
	require.NoError(s.t, err)
	assert.Empty(s.t, report.Errors)
	return report
}

// benchTelling is bench that says how far it is.
func (s *devServer) benchTelling(tell io.Writer, args ...string) (report bench.Report, err error) {
	usual := []string{"bench", args[0], "--json", "--server", s.ServerURL, "--app-id", fmt.Sprint(s.AppID), "--app-key-file", "-"}
	var stdout, stderr bytes.Buffer
	err = run(context.Background(), append(usual, args[1:]...), noEnv, strings.NewReader(s.AppKey), &stdout, io.MultiWriter(tell, &stderr))
	if err != nil {
		return report, fmt.Errorf("%w\n%s", err, &stdout)
	}
	assert.NotContains(s.t, stdout.String()+stderr.String(), s.AppKey)
	return report, json.Unmarshal(stdout.Bytes(), &report)
}

func TestBenchFindsNoBrokenPromise(t *testing.T) {
	s := startDev(t, testFolder(t))
	report := s.bench("logins", "--duration", "300ms", "--outstanding", "8", "--users", "1000")
	assert.Positive(t, report.Counts["logins"])
	report = s.bench("logins", "--duration", "300ms", "--rate", "50", "--users", "200")
	assert.EqualValues(t, 15, report.Counts["logins"])
	report = s.bench("idle", "--duration", "100ms", "--settle", "0", "--connections", "20", "--ping-every", "20ms", "--prefix", "i")
	assert.EqualValues(t, 20, report.Counts["links"])
	assert.EqualValues(t, 100, report.Counts["pings"])
	report = s.bench("kicks", "--duration", "300ms", "--rate", "50", "--connections", "10", "--prefix", "k")
	assert.EqualValues(t, 15, report.Counts["kicks"])
	report = s.bench("reconnects", "--cut", "--connections", "20", "--spread", "10ms", "--settle", "0", "--prefix", "r")
	assert.EqualValues(t, 20, report.Counts["reconnects"])
	assert.Zero(t, report.Counts["sessions_unknown"])
	report = s.bench("mixed", "--duration", "300ms", "--rate", "40", "--connections", "5", "--users", "150", "--prefix", "m")
	assert.EqualValues(t, 9, report.Counts["logins"])
	assert.EqualValues(t, 3, report.Counts["kicks"])
	report = s.bench("messages", "--duration", "500ms", "--pairs", "4", "--prefix", "w")
	assert.GreaterOrEqual(t, report.Counts["messages"], int64(4*16))
	report = s.bench("messages", "--duration", "500ms", "--pairs", "4", "--rate", "40", "--prefix", "w")
	assert.EqualValues(t, 20, report.Counts["messages"])
	report = s.bench("mixed", "--duration", "300ms", "--rate", "40", "--connections", "5", "--users", "150", "--prefix", "n", "--shares", "messages=3,logins=1")
	assert.EqualValues(t, 9, report.Counts["messages"])
	assert.EqualValues(t, 9, report.Latencies["delivered"].Count)
	report = s.bench("history", "--duration", "300ms", "--messages", "50", "--rate", "50", "--prefix", "h")
	assert.EqualValues(t, 50, report.Counts["messages"])
	assert.EqualValues(t, 15, report.Counts["pages"])
	report = s.bench("logins", "--duration", "300ms", "--rate", "50", "--registered", "40", "--users", "200", "--outstanding", "1", "--prefix", "m")
	assert.EqualValues(t, 15, report.Counts["logins"])

	assert.Eventually(t, func() bool { // one that has closed a socket may not have returned yet
		var left strings.Builder
		return assert.NoError(t, pprof.Lookup("goroutine").WriteTo(&left, 1)) && !strings.Contains(left.String(), "server/bench.")
	}, 30*time.Second, 10*time.Millisecond, "goroutines are left")
}

func TestBenchSeesAllComeBackToAServerThatWasStartedAnew(t *testing.T) {
	folder := testFolder(t)
	first := startDev(t, folder)
	told, tell := io.Pipe()
	var report bench.Report
	ended := make(chan error)
	go func() {
		var err error
		report, err = first.benchTelling(tell, "reconnects", "--connections", "5", "--settle", "0")
		tell.CloseWithError(err)
		ended <- err
	}()
	_, err := bufio.NewReader(told).ReadString('\n') // that the links are open
	require.NoError(t, err)
	go io.Copy(io.Discard, told)
	require.NoError(t, first.stop())
	startDev(t, folder)
	require.NoError(t, <-ended)
	assert.EqualValues(t, 5, report.Counts["reconnects"])
	assert.Zero(t, report.Counts["sessions_unknown"])
}

func TestBenchSaysWhatItNeeds(t *testing.T) {
	for want, args := range map[string][]string{
		"unknown scenario":          {"bench", "nonsense"},
		"--app-key-file is missing": {"bench", "logins"},
		"--server is missing":       {"bench", "logins", "--app-key-file", "-"},
		"no such file":              {"bench", "logins", "--app-key-file", filepath.Join(t.TempDir(), "key")},
	} {
		var out bytes.Buffer
		err := run(context.Background(), args, noEnv, strings.NewReader("a key"), &out, &out)
		assert.ErrorContains(t, err, want)
	}
	var out bytes.Buffer
	require.NoError(t, run(context.Background(), []string{"bench"}, noEnv, nil, &out, &out))
	for _, s := range bench.Scenarios() {
		assert.Contains(t, out.String(), s.Name)
	}
}
