package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/server/bench"
)

// bench runs `banterd bench` against the server.
func (s *devServer) bench(args ...string) bench.Report {
	s.t.Helper()
	usual := []string{"bench", args[0], "--json", "--server", s.ServerURL, "--app-id", fmt.Sprint(s.AppID), "--app-key-file", "-"}
	var stdout, stderr bytes.Buffer
	err := run(context.Background(), append(usual, args[1:]...), noEnv, strings.NewReader(s.AppKey), &stdout, &stderr)
	require.NoError(s.t, err, "%s", &stdout)
	assert.NotContains(s.t, stdout.String()+stderr.String(), s.AppKey)
	var report bench.Report
	require.NoError(s.t, json.Unmarshal(stdout.Bytes(), &report))
	assert.Empty(s.t, report.Errors)
	return report
}

func TestBenchFindsNoBrokenPromise(t *testing.T) {
	s := startDev(t, testFolder(t))
	report := s.bench("logins", "--duration", "300ms", "--outstanding", "8", "--users", "1000")
	assert.Positive(t, report.Counts["logins"])
	report = s.bench("logins", "--duration", "300ms", "--rate", "50", "--users", "200")
	assert.EqualValues(t, 15, report.Counts["logins"])
	var left strings.Builder
	require.NoError(t, pprof.Lookup("goroutine").WriteTo(&left, 1))
	assert.NotContains(t, left.String(), "server/bench.", "goroutines are left")
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
