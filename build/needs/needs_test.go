package main

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestBring(t *testing.T) {
	wanted := []need{
		{"there", []string{"pkg-there"}, "nothing"},
		{"gone", []string{"pkg-gone", "pkg-more"}, "the far test"},
	}
	offline := errors.New("the mirror is away")
	const missing = "needs: no gone (pkg-gone pkg-more): skips the far test\n"
	tests := []struct {
		name      string
		here      []string
		root      bool
		fails     error
		installed []string
		says      string
	}{
		{"nothing is installed when nothing is missing", []string{"there", "gone", "apt-get"}, true, nil, nil, ""},
		{"root gets what is missing", []string{"there", "apt-get"}, true, nil,
			[]string{"pkg-gone", "pkg-more"}, "needs: installing pkg-gone pkg-more\n"},
		{"others are told what is skipped", []string{"there", "apt-get"}, false, nil, nil, missing},
		{"so is root without apt", []string{"there"}, true, nil, nil, missing},
		{"a failed installation is told and goes on", []string{"there", "apt-get"}, true, offline,
			[]string{"pkg-gone", "pkg-more"}, "needs: installing pkg-gone pkg-more\nneeds: the mirror is away\n" + missing},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			var installed []string
			m := machine{root: tt.root, out: &out}
			m.has = func(probe string) bool {
				return slices.Contains(tt.here, probe) || installed != nil && tt.fails == nil
			}
			m.install = func(packages []string) error {
				installed = packages
				return tt.fails
			}
			m.bring(wanted)
			assert.Equal(t, tt.installed, installed)
			assert.Equal(t, tt.says, out.String())
		})
	}
}

func TestHas(t *testing.T) {
	assert.True(t, has("go"))
	assert.False(t, has("no-such-command"))
	assert.True(t, has("/dev/null"))
	assert.False(t, has("/no/such/file"))
}
