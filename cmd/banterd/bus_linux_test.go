package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/freeport"
	"github.com/banter-im/banter/internal/pgtest"
)

// serveNode runs `banterd serve` on a store until the test ends, and returns its operators'
// address.
func serveNode(t *testing.T, log io.Writer, store string, args ...string) string {
	t.Helper()
	players, operators := freeport.Address(t), freeport.Address(t)
	path := configFile(t, fmt.Sprintf("[server]\ndata = 'FOLDER/data'\nlog_level = 'debug'\nstore = %q\n", store)+oneApp)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		args := append([]string{"serve", "--config", path, "--listen", players, "--admin-listen", operators}, args...)
		ended <- run(ctx, args, environment(map[string]string{"TOKEN": "s3cret"}), nil, log, log)
	}()
	t.Cleanup(func() {
		cancel()
		assert.NoError(t, <-ended)
	})
	return operators
}

func metric(operators, name string) string {
	response, err := http.Get("http://" + operators + "/metrics")
	if err != nil {
		return ""
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return ""
	}
	found := regexp.MustCompile(`(?m)^` + name + ` (\S+)$`).FindSubmatch(text)
	if found == nil {
		return ""
	}
	return string(found[1])
}

func TestNodesFormACluster(t *testing.T) {
	var log safeBuffer
	store := pgtest.Start(t).Database(t)
	addresses := []string{freeport.Address(t), freeport.Address(t), freeport.Address(t)}
	var nodes []string
	for _, address := range addresses {
		nodes = append(nodes, serveNode(t, &log, store, "--bus-token-env", "TOKEN",
			"--cluster-listen", address, "--cluster-peers", strings.Join(addresses, ",")))
	}
	for _, operators := range nodes {
		require.Eventually(t, func() bool { return metric(operators, "banter_bus_peers") == "2" }, patience, 10*time.Millisecond, &log)
		assert.Equal(t, "1", metric(operators, "banter_bus_connected"))
	}
	assert.NotContains(t, log.String(), "s3cret")
}

func TestANodeServesWhileItsBusIsAway(t *testing.T) {
	var log safeBuffer
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, nobody.Close())
	operators := serveNode(t, &log, pgtest.Start(t).Database(t), "--bus", "nats://"+nobody.Addr().String())
	require.Eventually(t, func() bool { return metric(operators, "banter_bus_connected") == "0" }, patience, 10*time.Millisecond, &log)
	response, err := http.Get("http://" + operators + "/readyz")
	require.NoError(t, err)
	response.Body.Close()
	assert.Equal(t, http.StatusOK, response.StatusCode)
}
