package panics

import (
	"os"
	"testing"
)

func TestExit(t *testing.T) {
	os.Stdout.WriteString("about to leave\n")
	os.Exit(3)
}
