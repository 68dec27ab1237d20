package transport

import (
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/wire"
)

func FuzzParseFrame(f *testing.F) {
	for _, seed := range []string{
		`{"id":1,"body":{"server_time_ms":5}}`, `{"id":2,"code":70001,"desc":"expired"}`, `{"event":"kicked","body":{}}`,
		`{}`, `[]`, `{"id":-1}`, `{"id":1e3}`, `{"id":18446744073709551615}`, `{"id":1,"code":3000000000}`,
		`{"id":1,"desc":"\ud800"}`, "\xff", `{"id":1,"event":"x"}`, `{"id":1,"body":`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		frame, err := parseFrame(data)
		if err != nil {
			return
		}
		assert.NotEqual(t, frame.ID == 0, frame.Event == "")
		for _, text := range []string{frame.Desc, frame.Event, string(frame.Body)} {
			assert.True(t, utf8.ValidString(text))
		}
	})
}

func TestSettingsOfAServerStayWithinReason(t *testing.T) {
	w, err := readWelcome([]byte(`{"ping_after_ms":0,"ping_timeout_ms":-5,"reconnect_spread_ms":9000000000000000,
		"keepalive_count":1000,"max_frame_bytes":3,"keepalive_idle_ms":1}`))
	require.NoError(t, err)
	assert.Equal(t, defaultWelcome, w)

	w, err = readWelcome([]byte(`{"ping_after_ms":10000,"max_frame_bytes":100000}`))
	require.NoError(t, err)
	assert.EqualValues(t, 10_000, w.PingAfterMS)
	assert.Equal(t, 100_000, w.MaxFrameBytes)

	_, err = readWelcome([]byte(`{"ping_after_ms":"soon"}`))
	assert.Error(t, err)
	assert.Less(t, wire.MaxFrame, maxReceive)
}

func TestFramesAreNoLongerThanTheirBodies(t *testing.T) {
	frame, err := encode(wire.Request{ID: 2, Cmd: "TIMGetUserStatus", Body: []byte(`["<a&b>", "张"]`)})
	require.NoError(t, err)
	assert.Equal(t, `{"id":2,"cmd":"TIMGetUserStatus","body":["<a&b>","张"]}`, string(frame))
	_, err = encode(wire.Request{ID: 2, Cmd: "TIMGetUserStatus", Body: []byte(`{`)})
	assert.Error(t, err)
}
