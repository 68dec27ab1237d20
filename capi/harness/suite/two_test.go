//go:build linux

package suite

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// other is a library that somebody else has made with Go: a thread of the host's runs its
// code, which collects garbage and keeps its runtime interrupting its own threads.
const other = `package main

import "C"
import (
	"runtime"
	"sync"
)

//export OtherWork
func OtherWork(n int64) int64 {
	var all sync.WaitGroup
	sums := make([]int64, 10)
	for i := range sums {
		all.Go(func() {
			for range 100 {
				kept := make([]*int64, 100)
				for k := range kept {
					kept[k] = new(int64)
					*kept[k] = n
				}
				sums[i] += *kept[99]
			}
		})
	}
	all.Wait()
	runtime.GC()
	sum := int64(0)
	for _, s := range sums {
		sum += s
	}
	return sum
}

func main() {}
`

func TestAnotherLibraryOfGoInTheProcess(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module other\n\ngo 1.26\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "main.go"), []byte(other), 0o600))
	build := exec.Command("go", "build", "-buildmode=c-shared", "-o", "libother.so", ".")
	build.Dir = dir
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	program := compile(t, "two", nil, "stress/two.c")
	for _, order := range []string{"ours_first", "other_first"} {
		t.Run(order, func(t *testing.T) {
			status, out := end(t, []string{nowhere(t)}, program, library(t), order, filepath.Join(dir, "libother.so"))
			assert.Equal(t, 0, status.ExitStatus(), "%d %s", status, out)
		})
	}
}
