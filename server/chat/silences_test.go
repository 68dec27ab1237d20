package chat

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestASilentNodeIsSaidOnceAMinute(t *testing.T) {
	var s silences
	start := time.Now()
	note := func(node string, after time.Duration) string { return fmt.Sprint(s.note(node, start.Add(after))) }
	assert.Equal(t, "true 0", note("a", 0))
	assert.Equal(t, "false 0", note("a", time.Second))
	assert.Equal(t, "true 0", note("b", 59*time.Second), "another node")
	assert.Equal(t, "false 0", note("a", 59*time.Second))
	assert.Equal(t, "true 2", note("a", 61*time.Second), "and two were not said")
	assert.Equal(t, "false 0", note("b", 118*time.Second))
	assert.Equal(t, "true 0", note("c", time.Hour))
	assert.Len(t, s.nodes, 1, "what is long past is forgotten")
}

// nobody is a bus on which nobody answers.
type nobody struct{ Bus }

func (nobody) Request(context.Context, string, []byte) ([]byte, error) {
	return nil, errors.New("nobody answers")
}

func TestManySessionsOfADeadNodeAreOneLineOfTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var text bytes.Buffer
		s := &Service{cfg: Config{Node: "here"}, ctx: t.Context(), bus: nobody{}, log: slog.New(slog.NewTextHandler(&text, nil))}
		for number := range 1000 {
			s.atNode("dead", nodeRequest{Session: fmt.Sprint(number), Number: 2})
		}
		s.running.Wait()
		assert.Equal(t, 1, strings.Count(text.String(), "a node did not answer on the bus"), text.String())
	})
}
