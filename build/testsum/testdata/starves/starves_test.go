package starves

import (
	"os"
	"path/filepath"
	"testing"
)

// TestStarves fails the first time it is run.
func TestStarves(t *testing.T) {
	t.Run("here", func(t *testing.T) {
		mark := filepath.Join(os.Getenv("TESTSUM_FOLDER"), "ran")
		if _, err := os.Stat(mark); err != nil {
			if err := os.WriteFile(mark, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			t.Error("starved")
		}
	})
	t.Run("elsewhere", func(*testing.T) {})
}
