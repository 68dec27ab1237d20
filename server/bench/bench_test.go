package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

func TestAnOpenLoopCountsFromWhenARequestWasDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &run{Config: Config{Rate: 10, Duration: time.Second}, recorder: newRecorder(nil), ctx: t.Context()}
		gate := make(chan struct{})
		time.AfterFunc(5*time.Second, func() { close(gate) })
		took := r.load(func(n int, due time.Time) { // a server that stands still for five seconds
			<-gate
			r.timing("answer").since(due)
		})
		assert.Equal(t, 5*time.Second, took)
		latency := r.timing("answer").latency()
		assert.EqualValues(t, 10, latency.Count)
		assert.InDelta(t, 5000, latency.Max, 5)
		assert.InDelta(t, 4500, latency.P50, 105)
	})
}

func TestAClosedLoopHasItsNumberUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &run{Config: Config{Outstanding: 3, Duration: time.Second}, recorder: newRecorder(nil), ctx: t.Context()}
		r.load(func(n int, due time.Time) {
			time.Sleep(100 * time.Millisecond)
			r.count("done", 1)
		})
		assert.EqualValues(t, 30, r.counted("done"))
	})
}

func TestAnInterruptedLoopEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		for _, rate := range []float64{0, 10} {
			r := &run{Config: Config{Outstanding: 1, Rate: rate, Duration: time.Hour}, recorder: newRecorder(nil), ctx: ctx}
			assert.LessOrEqual(t, r.load(func(int, time.Time) { r.pause(time.Minute) }), time.Second)
		}
	})
}

func TestLoginsAreCountedAndTimed(t *testing.T) {
	report := startFake(t, nil).run(t, "logins", "--outstanding", "4")
	assert.Empty(t, report.Broken)
	assert.Empty(t, report.Errors)
	assert.Positive(t, report.Counts["logins"])
	assert.Equal(t, report.Counts["logins"], report.Latencies["login"].Count)
	assert.Positive(t, report.Figures["logins_per_second"])
}

func TestALoginGoesWithTheHandshake(t *testing.T) {
	for _, tt := range []struct {
		name   string
		takes  bool
		args   []string
		frames bool
	}{
		{"to a server that takes it", true, nil, false},
		{"to another as frames", false, nil, true},
		{"as frames when that is asked for", true, []string{"--frames"}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := startFake(t, nil)
			f.takes = tt.takes
			report := f.run(t, "logins", append(tt.args, "--outstanding", "4")...)
			assert.Positive(t, report.Counts["logins"])
			assert.Empty(t, report.Errors)
			assert.Empty(t, report.Broken)
			assert.Equal(t, tt.frames, f.sent.Load() > 0)
			assert.Equal(t, !tt.frames, f.taken.Load() > 0)
		})
	}
}

func TestErrorsAreCountedByTheirCodes(t *testing.T) {
	logins := 0 // one at a time
	refuse := func(f *fake, request wire.Request) []wire.Frame {
		if request.Cmd == wire.CmdLogin {
			logins++
		}
		if request.Cmd == wire.CmdLogin && logins%2 == 0 {
			return []wire.Frame{{ID: request.ID, Code: timerr.SvrAccountFreqLimit, Desc: "later"}}
		}
		return f.answers(request)
	}
	report := startFake(t, refuse).run(t, "logins", "--outstanding", "1")
	require.Len(t, report.Errors, 1)
	assert.Equal(t, "70050", report.Errors[0].Code)
	assert.Equal(t, "later", report.Errors[0].First)
	assert.Positive(t, report.Errors[0].Count)
	assert.Empty(t, report.Broken, "a refusal breaks no promise")
}

func TestARefusedWebSocketIsNamedByItsStatus(t *testing.T) {
	f := &fake{Server: httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "the server is full", http.StatusServiceUnavailable)
	}))}
	t.Cleanup(f.Close)
	report := f.run(t, "logins", "--outstanding", "1")
	require.Len(t, report.Errors, 1)
	assert.Equal(t, "http 503", report.Errors[0].Code)
	assert.Equal(t, "the server is full", report.Errors[0].First)
	assert.Equal(t, []string{"nobody could log in (once)"}, report.Broken)
}

func TestBrokenPromisesAreTold(t *testing.T) {
	for want, answer := range map[string]func(f *fake, request wire.Request) []wire.Frame{
		"two logins were given the same session": func(f *fake, request wire.Request) []wire.Frame {
			f.sessions.Store(0)
			return f.answers(request)
		},
		"a login was given no session": func(f *fake, request wire.Request) []wire.Frame {
			return []wire.Frame{{ID: request.ID, Body: json.RawMessage("{}")}}
		},
		"an answer came that nothing had asked for": func(f *fake, request wire.Request) []wire.Frame {
			request.ID += 100
			return f.answers(request)
		},
	} {
		report := startFake(t, answer).run(t, "logins", "--outstanding", "2")
		assert.Contains(t, report.Broken[0]+report.Broken[len(report.Broken)-1], want)
	}
}

func TestSettingsOutOfRangeAreNamed(t *testing.T) {
	f := startFake(t, nil)
	s, _ := Find("logins")
	for want, args := range map[string][]string{
		"--server is no address":        {"--server", "127.0.0.1:7000"},
		"--app-id is missing":           {"--app-id", "0"},
		"--prefix is not":               {"--prefix", "a prefix that is longer than 24 is"},
		"--platform":                    {"--platform", "toaster"},
		"--rate is not":                 {"--rate", "-1"},
		"--duration is 240h0m0s":        {"--duration", "240h"},
		"--outstanding is 1000000":      {"--outstanding", "1000000"},
		"--users: twice --outstanding":  {"--users", "3"},
		"--timeout is 0s":               {"--timeout", "0"},
		"--ca: open /no/such/file":      {"--ca", "/no/such/file", "--outstanding", "4"},
		"--pid: read what process 4194": {"--pid", "4194305", "--outstanding", "4"},
	} {
		_, err := s.Run(t.Context(), f.config(t, s, args...), t.Output())
		assert.ErrorContains(t, err, want)
	}
}

func TestAReportHoldsNoKey(t *testing.T) {
	report := startFake(t, nil).run(t, "logins", "--outstanding", "1")
	flags := flag.NewFlagSet("", flag.ContinueOnError)
	(&Config{Key: []byte("a key")}).Flags(flags)
	report.Parameters = ParametersOf(flags)
	var text bytes.Buffer
	require.NoError(t, report.JSON(&text))
	require.NoError(t, report.Table(&text))
	assert.Contains(t, text.String(), `"timeout":"30s"`)
	assert.NotContains(t, text.String(), "a key")
}

func TestFromTakesTheAddressesOfANetworkInTurn(t *testing.T) {
	var s Subnet
	assert.Error(t, s.Set("127.0.0.1"))
	require.NoError(t, s.Set("127.0.0.9/30"))
	assert.Equal(t, "127.0.0.8/30", s.String())
	seen := map[string]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		seen[r.RemoteAddr[:9]] = true
	}))
	defer server.Close()
	client := http.Client{Transport: &http.Transport{DialContext: s.dial(), DisableKeepAlives: true}}
	for range 4 {
		response, err := client.Get(server.URL)
		require.NoError(t, err)
		response.Body.Close()
	}
	assert.Equal(t, map[string]bool{"127.0.0.9": true, "127.0.0.1": true}, seen) // .9 and .10
}
