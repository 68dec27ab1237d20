package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// cppText is all of the C++ header: what is generated, and what is written by hand.
func cppText(t *testing.T) string {
	t.Helper()
	files, err := generate(load(t), root)
	require.NoError(t, err)
	var text strings.Builder
	for path, data := range files {
		if strings.HasPrefix(path, "bindings/cpp/include/") {
			text.Write(data)
		}
	}
	byHand, err := filepath.Glob(root + "/bindings/cpp/include/banter/*.hpp")
	require.NoError(t, err)
	require.NotEmpty(t, byHand)
	for _, path := range byHand {
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		text.Write(data)
	}
	return text.String()
}

// TIMUninit is the one that a client's end stands for.
func TestEveryFunctionIsReachedFromCpp(t *testing.T) {
	text := cppText(t)
	for _, f := range load(t).Functions {
		if f.Name != "TIMUninit" {
			assert.Contains(t, text, f.Name+"(", "no C++ calls it")
		}
	}
	assert.Contains(t, text, "TIMXClientDestroy(handle_)")
}

func TestCppHasEveryCodeEnumAndKey(t *testing.T) {
	c, text := load(t), cppText(t)
	for _, e := range c.Errors {
		if e.Name != "" {
			assert.Contains(t, text, " "+strings.ToLower(strings.TrimPrefix(e.Name, "ERR_"))+" = "+cInt(e.Code)+";")
		}
	}
	for _, o := range c.Objects {
		for _, f := range o.Fields {
			assert.Contains(t, text, " = "+cString(f.Key)+";", f.Const)
		}
	}
	for _, e := range c.Enums {
		if e.Name != "TIMErrCode" && e.Name != "TIMResult" {
			assert.Contains(t, text, "enum class "+goEnumName(e.Name)+" : std::")
		}
	}
	assert.Contains(t, text, "enum class ConversationMarkType : std::uint64_t {", "games have marks from 1<<32 on")
}
