package gateway

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/banter-im/banter/internal/wire"
)

func TestHowLongAServerWillBeAway(t *testing.T) {
	alone := New(Config{Alone: true}, newDomain(), nil, nil)
	assert.Equal(t, restartTakes+time.Second, alone.absence(10_000, 0, 0), "before it has ended any")
	assert.Equal(t, restartTakes+3*time.Second, alone.absence(10_000, 2500, time.Second), "as fast as those")
	assert.Equal(t, restartTakes, alone.absence(10_000, 10_000, 4*time.Second))
	assert.Zero(t, alone.drainJitter(), "who waits spreads by itself")
	assert.Zero(t, New(Config{}, newDomain(), nil, nil).absence(10_000, 2500, time.Second), "others are there")
}

func TestDrainEndsManyLinksSomeAtATime(t *testing.T) {
	h := start(t, newDomain(), Config{Alone: true, CloseTimeout: time.Hour})
	var clients []*client
	for range drainAtOnce + 10 {
		clients = append(clients, h.greeted())
	}
	drained := make(chan struct{})
	go func() {
		h.Drain(context.Background())
		close(drained)
	}()
	told := make(chan *client, len(clients))
	for _, c := range clients {
		go func() {
			var frame wire.Frame
			if c.ReadJSON(&frame) == nil && frame.Event == wire.EventClosing {
				told <- c
			}
		}()
	}
	first := await(t, told)
	for range drainAtOnce - 1 {
		await(t, told)
	}
	assert.NoError(t, first.Close()) // the others wait for it, or for a while
	for range 10 {
		await(t, told)
	}
	for _, c := range clients {
		c.Close()
	}
	await(t, drained)
	assert.Zero(t, h.Links())
}

func TestClientsOfAServerThatIsAloneComeBackWhenItMayBeThere(t *testing.T) {
	h := start(t, newDomain(), Config{Alone: true})
	c := h.online()
	go h.Drain(context.Background())
	assert.GreaterOrEqual(t, c.closing(wire.CloseShutdown).AfterMS, restartTakes.Milliseconds())
}
