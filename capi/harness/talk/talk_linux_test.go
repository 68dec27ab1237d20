package talk

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Of the environment: how long a run is to be, what its seed is, and a file for all that is
// done and told.
const (
	envLong  = "BANTER_LONG"
	envFor   = "BANTER_TALK"
	envSeed  = "BANTER_TALK_SEED"
	envTrace = "BANTER_TALK_TRACE"
)

// length returns how long a run is to be: 0 is one storm.
func length(t *testing.T) time.Duration {
	if text := os.Getenv(envFor); text != "" {
		long, err := time.ParseDuration(text)
		require.NoError(t, err, envFor)
		return long
	}
	if os.Getenv(envLong) != "" {
		return 10 * time.Minute
	}
	return 0
}

func TestTalkOnSQLite(t *testing.T) { play(t, 1, false) }

func TestTalkOnPostgreSQL(t *testing.T) {
	if length(t) == 0 {
		t.Skip("the run on two nodes has all that this one has: BANTER_LONG=1")
	}
	play(t, 1, true)
}

func TestTalkOnTwoNodes(t *testing.T) { play(t, 2, true) }

// play has users talk while everything fails, and compares at quiet points.
func play(t *testing.T, nodes int, postgres bool) {
	seed, long := uint64(1), length(t)
	if text := os.Getenv(envSeed); text != "" {
		var err error
		seed, err = strconv.ParseUint(text, 10, 64)
		require.NoError(t, err, envSeed)
	}
	random := rand.New(rand.NewPCG(seed, 0))
	begun := time.Now()
	r := newRun(t, nodes, postgres, "ann", "bob", "cid")
	r.long = long > 0
	for round := 1; ; round++ {
		r.storm(random, 8*time.Second)
		r.quiet()
		r.sendFailures()
		r.doInCalm(random)
		r.quiet()
		if r.isWrong() || time.Since(begun) >= long {
			break
		}
		if long > 0 && round%10 == 0 {
			r.note("%v\n%s", time.Since(begun).Round(time.Second), r.figures)
		}
	}
	r.note("%d nodes, seed %d, %v\n%s", nodes, seed, time.Since(begun).Round(time.Second), r.figures)
	require.Empty(t, r.wrongs)
}
