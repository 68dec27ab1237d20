package main

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const exampleFile = "../../build/banterd.example.toml"

func example(t *testing.T) string {
	text, err := os.ReadFile(exampleFile)
	require.NoError(t, err)
	return string(text)
}

// withDefaults is the example with each setting that stands behind a #.
func withDefaults(text string) string {
	return regexp.MustCompile(`(?m)^#([a-z0-9_]+ = )`).ReplaceAllString(text, "$1")
}

// keysOf returns the keys that a part of the configuration knows.
func keysOf(prefix string, t reflect.Type) (keys []string) {
	for field := range t.Fields() {
		name := field.Tag.Get("toml")
		of := field.Type
		if of.Kind() == reflect.Slice && of.Elem().Kind() == reflect.Struct {
			of = of.Elem()
		}
		switch {
		case field.Anonymous:
			keys = append(keys, keysOf(prefix, of)...)
		case of.Kind() == reflect.Struct && prefix == "":
			keys = append(keys, keysOf(name+".", of)...)
		default:
			keys = append(keys, prefix+name)
		}
	}
	return keys
}

func TestTheExampleNamesEverySetting(t *testing.T) {
	var c config
	meta, err := toml.Decode(withDefaults(example(t)), &c)
	require.NoError(t, err)
	assert.Empty(t, meta.Undecoded())
	named := map[string]bool{}
	for _, key := range meta.Keys() {
		named[key.String()] = true
	}
	keys := keysOf("", reflect.TypeFor[config]())
	require.Greater(t, len(keys), 50)
	for _, key := range keys {
		assert.True(t, named[key], "%s is not in the example", key)
	}
}

// What the example says is a default is what the program takes without it, as far as its
// configuration knows: other packages fill in their own.
func TestTheExamplesDefaultsAreTheProgramsOwn(t *testing.T) {
	var c config
	_, err := toml.Decode(withDefaults(example(t)), &c)
	require.NoError(t, err)
	bare := defaultConfig().Server
	assert.Equal(t, bare.Listen, c.Server.Listen)
	assert.Equal(t, bare.AdminListen, c.Server.AdminListen)
	assert.Equal(t, bare.LogLevel, c.Server.LogLevel)
	assert.Contains(t, example(t), `"`+bare.Data+`" unless set`)
	assert.Equal(t, c.Limits.MaxConnections/10, c.Limits.MaxWithoutLogin)
	assert.Equal(t, 400*time.Second, time.Duration(c.Limits.GiveUp))
}

func TestTheExampleIsAGoodConfiguration(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "app.key"), []byte("secret"), 0o600))
	path := filepath.Join(folder, "banterd.toml")
	text := strings.ReplaceAll(example(t), "/etc/banter", folder)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	var out strings.Builder
	require.NoError(t, run(t.Context(), []string{"config", "check", "--config", path}, noEnv, nil, &out, &out))
	assert.Equal(t, "ok\n", out.String())
}
