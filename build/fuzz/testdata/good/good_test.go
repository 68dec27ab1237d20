package good

import "testing"

func FuzzNothing(f *testing.F) {
	f.Add("a")
	f.Fuzz(func(*testing.T, string) {})
}
