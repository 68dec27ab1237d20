package fails

import "testing"

func TestRow(t *testing.T) {
	t.Run("good", func(t *testing.T) {})
	t.Run("bad", func(t *testing.T) { t.Error("one is not two") })
}
