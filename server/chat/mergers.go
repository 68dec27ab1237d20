package chat

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"github.com/banter-im/banter/internal/element"
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// Merger is the messages of a merger that is too long to stand in a message.
type Merger struct {
	App    uint64
	Key    string // by which anybody of the app reads it: nobody guesses it
	Owner  string
	Layers int // of mergers in it, its own included
	Body   []byte
	At     time.Time
}

// ErrNoMerger says that nothing is kept under a key.
var ErrNoMerger = errors.New("there is no such merger")

// MergerStore is what a Store does with mergers.
type MergerStore interface {
	// KeepMerger keeps a merger under its key, which is new.
	KeepMerger(ctx context.Context, m Merger) error

	// Merger returns the one of a key, or ErrNoMerger.
	Merger(ctx context.Context, app uint64, key string) (Merger, error)
}

// The most of one merger.
const (
	maxMergerBytes = 1 << 20 // of its JSON
	maxMergerKeys  = 300     // of mergers in it that are kept under keys themselves
)

// UploadMerger keeps the messages of a merger that a is going to send.
func (s *Service) UploadMerger(a *Attachment, asked wire.Merger) (wire.MergerKey, error) {
	body, err := json.Marshal(asked.Messages)
	if err != nil {
		return wire.MergerKey{}, err
	}
	if len(body) > maxMergerBytes {
		return wire.MergerKey{}, timerr.Newf(timerr.SDKNetPkgSizeLimit, "merge_elem_message_array has %d bytes, at most %d are kept", len(body), maxMergerBytes)
	}
	inside, err := element.CheckMerged(asked.Messages)
	if err != nil {
		return wire.MergerKey{}, err
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	layers, err := s.layersOf(ctx, a.peer.App, inside)
	if err != nil {
		return wire.MergerKey{}, err
	}
	m := Merger{App: a.peer.App, Key: newMergerKey(), Owner: a.ref.User, Layers: layers, Body: body, At: time.Now()}
	if err := s.store.KeepMerger(ctx, m); err != nil {
		return wire.MergerKey{}, s.messageStoreError("keep a merger", err)
	}
	return wire.MergerKey{Key: m.Key}, nil
}

// layersOf is how deep a merger is, with those in it that are kept under keys.
func (s *Service) layersOf(ctx context.Context, app uint64, inside element.Merged) (int, error) {
	if len(inside.Keys) > maxMergerKeys {
		return 0, badMessage("merge_elem_message_array has %d mergers with keys, at most %d are allowed", len(inside.Keys), maxMergerKeys)
	}
	layers := inside.Layers
	for key, at := range inside.Keys {
		m, err := s.store.Merger(ctx, app, key)
		if errors.Is(err, ErrNoMerger) {
			return 0, badMessage("merge_elem_message_array has a merge_elem_relay_json_key under which nothing is kept")
		}
		if err != nil {
			return 0, s.messageStoreError("read a merger", err)
		}
		layers = max(layers, at+m.Layers-1) // at counts the layer that the key stands for
	}
	if layers > element.MaxLayers {
		return 0, timerr.Newf(timerr.MergerMsgLayersOverLimit, "merge_elem_message_array has mergers in %d layers, at most %d are allowed", layers, element.MaxLayers)
	}
	return layers, nil
}

func newMergerKey() string {
	var random [16]byte
	_, _ = rand.Read(random[:]) // it never fails
	return hex.EncodeToString(random[:])
}

// DownloadMerger returns the messages that are kept under a key.
func (s *Service) DownloadMerger(a *Attachment, asked wire.MergerKey) (wire.Merger, error) {
	ctx, cancel := s.storeContext()
	defer cancel()
	m, err := s.store.Merger(ctx, a.peer.App, asked.Key)
	if errors.Is(err, ErrNoMerger) {
		return wire.Merger{}, badMessage("merge_elem_relay_json_key: there is nothing under this key")
	}
	if err != nil {
		return wire.Merger{}, s.messageStoreError("read a merger", err)
	}
	var answer wire.Merger
	err = json.Unmarshal(m.Body, &answer.Messages)
	return answer, err
}
