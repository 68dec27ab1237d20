package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestRun runs the packages in testdata, which the go command leaves out of ./...
func TestRun(t *testing.T) {
	tests := []struct {
		name     string
		packages []string
		err      string
		want     []string
	}{
		{"rows of a table count, the table does not", []string{"good"}, "", []string{"\n3 passed, 0 failed, 0 skipped\n"}},
		{"a skipped test is listed with its reason", []string{"good", "skips"}, "", []string{
			"skips TestRoot: network namespaces need root\n", "skips TestSilent: no reason given\n",
			"\n3 passed, 0 failed, 2 skipped\n"}},
		{"a failure counts once, where it happened", []string{"good", "fails"}, "tests failed", []string{
			"fails_test.go:7: one is not two", "Again, alone: ", "fails TestRow/bad\n", "\n4 passed, 1 failed, 0 skipped\n"}},
		{"a process that ends early has failed", []string{"good", "panics"}, "tests failed", []string{
			"about to leave", "panics ended during TestExit\n", "\n3 passed, 1 failed, 0 skipped\n"}},
		{"so has a package that does not build", []string{"good", "broken"}, "tests failed", []string{
			"undefined: missing", "broken\n", "\n3 passed, 1 failed, 0 skipped\n"}},
		{"what passes alone has passed, and is listed", []string{"good", "starves"}, "", []string{
			"starves_test.go:17: starved", "Again, alone: ", "Failed beside others, passed alone:\n  ", "starves TestStarves/here\n",
			"\n5 passed, 0 failed, 0 skipped\n"}},
		{"skips alone are no success", []string{"skips"}, "no test ran", []string{"\n0 passed, 0 failed, 2 skipped\n"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("TESTSUM_FOLDER", t.TempDir())
			args := []string{"-count=1"}
			for _, name := range tt.packages {
				args = append(args, "./testdata/"+name)
			}
			var out bytes.Buffer
			err := run(t.Context(), args, &out, t.Output())
			if tt.err == "" {
				require.NoError(t, err)
			} else {
				require.EqualError(t, err, tt.err)
			}
			for _, want := range tt.want {
				assert.Contains(t, out.String(), want)
			}
		})
	}
}

func TestGoTestThatCannotStartIsAnError(t *testing.T) {
	var out bytes.Buffer
	err := run(t.Context(), []string{"-count=none"}, &out, &bytes.Buffer{})
	assert.ErrorContains(t, err, "go test: ")
}

func TestWhatHasNoSecondChance(t *testing.T) {
	at := test{"pkg", "TestA/b"}
	assert.False(t, failure{test: at, text: "no login within 20 s"}.final())
	for _, text := range []string{"WARNING: DATA RACE", "panic: nil map", "x\nfatal error: all goroutines are asleep",
		"ERROR: AddressSanitizer: heap-use-after-free", "panic: test timed out after 10m"} {
		assert.True(t, failure{test: at, text: text}.final(), text)
	}
	assert.True(t, failure{test: test{"pkg", ""}}.final(), "a package")
	assert.Equal(t, "^TestA$/^b\\+$", failure{test: test{"pkg", "TestA/b+"}}.pattern())
}
