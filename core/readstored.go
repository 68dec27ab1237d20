package core

import (
	"encoding/json"

	"github.com/banter-im/banter/internal/wire"
)

// readStored reads a message that the cache has.
func readStored(body []byte) (stored, error) {
	if m, ok := wire.ReadMessage(body); ok {
		return stored{Message: m}, nil
	}
	var s stored
	err := json.Unmarshal(body, &s)
	return s, err
}
