package wire_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/wire"
)

func TestAnOpeningIsReadAsItWasWritten(t *testing.T) {
	for _, frames := range [][]string{{`{"id":1}`}, {`{"id":1,"cmd":"hello"}`, `{"id":2,"body":{"user_id":"ännchen"}}`}, {""}, {"", "", ""}} {
		texts := [][]byte{}
		for _, frame := range frames {
			texts = append(texts, []byte(frame))
		}
		value := wire.Opening(texts...)
		assert.True(t, strings.HasPrefix(value, "Banter "))
		read, err := wire.ReadOpening(value)
		require.NoError(t, err)
		assert.Equal(t, fmt.Sprintf("%q", texts), fmt.Sprintf("%q", read))
	}
}

func TestOpeningsThatAreRead(t *testing.T) {
	for value, frames := range map[string]string{
		"":               "[]",
		"Basic YTpi":     "[]",
		"Bearer x.y.z":   "[]",
		"Banters eyI":    "[]",
		"Banter":         `[""]`,
		"Banter e30":     `["{}"]`,
		"banter  e30":    `["{}"]`,
		"BANTER e30.e30": `["{}" "{}"]`,
	} {
		read, err := wire.ReadOpening(value)
		assert.NoError(t, err, value)
		assert.Equal(t, frames, fmt.Sprintf("%q", read), value)
	}
	for _, value := range []string{"Banter e30=", "Banter e3 0", "Banter e31", "Banter e30\r\n", "Banter +/+/", "Banter e", "Banter e30.secret!",
		"Banter " + strings.Repeat("a", wire.MaxOpening)} {
		_, err := wire.ReadOpening(value)
		require.Error(t, err, value)
		assert.NotContains(t, err.Error(), "secret")
	}
}

func FuzzReadOpening(f *testing.F) {
	for _, seed := range []string{"", "Banter e30.e30", "Basic YTpi", "banter  e30", "Banter .", "Banter e30=", "Banter e3\n0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		frames, err := wire.ReadOpening(value)
		if err != nil || frames == nil {
			return
		}
		again, err := wire.ReadOpening(wire.Opening(frames...))
		require.NoError(t, err)
		assert.Equal(t, frames, again)
	})
}
