package main

import (
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/freeport"
)

func TestServeWarnsOfTooFewOpenFiles(t *testing.T) {
	const warning = "fewer open files than max_connections"
	for limits, warns := range map[string]bool{"": true, "[limits]\nmax_connections = 301\n": true, "[limits]\nmax_connections = 250\n": false} {
		t.Run(limits, func(t *testing.T) {
			players, operators := freeport.Address(t), freeport.Address(t)
			path := configFile(t, fmt.Sprintf("[server]\ndata = 'FOLDER/data'\nlisten = %q\nadmin_listen = %q\n%s\n", players, operators, limits)+oneApp)
			cmd := exec.Command("/bin/sh", "-c", `ulimit -Sn 200 && ulimit -Hn 300 && exec "$0" "$@"`, os.Args[0], "serve", "--config", path)
			cmd.Env = append(os.Environ(), asMain+"=1")
			log := &safeBuffer{}
			cmd.Stderr = log
			require.NoError(t, cmd.Start())
			p := process{&devServer{t: t, log: log}, cmd}
			p.RestURL = "http://" + operators
			t.Cleanup(func() {
				cmd.Process.Kill()
				cmd.Wait()
			})
			p.awaitReady() // the warning comes before
			if !warns {
				assert.NotContains(t, log.String(), warning)
				return
			}
			assert.Contains(t, log.String(), warning)
			assert.Regexp(t, `"open_files":(299|300)\b`, log.String(), "the hard limit, of which Go leaves one")
			assert.Regexp(t, `"max_connections":(20000|301)\b`, log.String())
		})
	}
}
