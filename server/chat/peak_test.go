package chat_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/server/chat"
)

func TestThePeakIsThatOfAllNodesTogether(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		a, b := in.node("a"), in.node("b")
		peak := func() int64 {
			sums, err := b.UsageOf(t.Context(), app, chat.PeakOnline, 0, chat.DayOf(time.Now()))
			require.NoError(t, err)
			return sums[chat.DayOf(time.Now())]
		}
		var held []*chat.Attachment
		for i := range 6 {
			_, one, _ := in.login(a, fmt.Sprint("a", i))
			held = append(held, one)
		}
		for i := range 2 {
			in.login(b, fmt.Sprint("b", i))
		}
		pass(31)
		assert.EqualValues(t, 8, peak())
		for i, one := range held[:5] { // they move
			a.LinkClosed(one, true)
			in.login(b, fmt.Sprint("a", i))
		}
		pass(60)
		assert.EqualValues(t, 8, peak())
		in.login(b, "one more")
		pass(31)
		assert.EqualValues(t, 9, peak())
	})
}
