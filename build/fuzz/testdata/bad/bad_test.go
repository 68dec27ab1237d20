package bad

import "testing"

func FuzzNumber(f *testing.F) {
	f.Fuzz(func(t *testing.T, n uint8) {
		if n > 100 {
			t.Fatal("more than a hundred")
		}
	})
}
