package transport

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/banter-im/banter/internal/wire"
)

// defaultWelcome is what holds before, or where, the server says nothing.
var defaultWelcome = wire.Welcome{
	ReconnectSpreadMS: 1_000,
	PingAfterMS:       60_000,
	PingTimeoutMS:     10_000,
	KeepaliveIdleMS:   5_000,
	KeepaliveEveryMS:  2_000,
	KeepaliveCount:    5,
	MaxFrameBytes:     wire.MaxFrame,
}

// readWelcome reads the answer to hello. Settings out of all reason become the defaults:
// a wrong setting of a server must not make its clients spin or never notice a dead link.
func readWelcome(body json.RawMessage) (wire.Welcome, error) {
	var w wire.Welcome
	if err := json.Unmarshal(body, &w); err != nil {
		return w, fmt.Errorf("the server's answer to hello: %w", err)
	}
	within := func(value *int64, low, high, fallback int64) {
		if *value < low || *value > high {
			*value = fallback
		}
	}
	d := defaultWelcome
	hour := time.Hour.Milliseconds()
	within(&w.ReconnectSpreadMS, 1, hour, d.ReconnectSpreadMS)
	within(&w.PingAfterMS, 1_000, hour, d.PingAfterMS)
	within(&w.PingTimeoutMS, 1_000, hour, d.PingTimeoutMS)
	within(&w.KeepaliveIdleMS, 1_000, hour, d.KeepaliveIdleMS)
	within(&w.KeepaliveEveryMS, 1_000, hour, d.KeepaliveEveryMS)
	if w.KeepaliveCount < 1 || w.KeepaliveCount > 100 {
		w.KeepaliveCount = d.KeepaliveCount
	}
	if w.MaxFrameBytes < wire.MaxFrameBeforeLogin || w.MaxFrameBytes > d.MaxFrameBytes {
		w.MaxFrameBytes = d.MaxFrameBytes
	}
	return w, nil
}
