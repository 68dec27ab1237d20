package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestThePlatformsPageNamesTestsThatExist holds the page to the tests it calls upon.
func TestThePlatformsPageNamesTestsThatExist(t *testing.T) {
	var all strings.Builder
	for _, pattern := range []string{"*_test.go", "release/*_test.go", "../capi/harness/suite/*_test.go"} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, file := range files {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			all.Write(text)
		}
	}
	named := regexp.MustCompile("`(Test\\w+)`").FindAllStringSubmatch(documents(t)["docs/platforms.md"], -1)
	require.NotEmpty(t, named)
	for _, name := range named {
		assert.Contains(t, all.String(), "func "+name[1]+"(t *testing.T)", "docs/platforms.md names it")
	}
}

// TestThePlatformsPageNamesEveryRecipe finds a row for each.
func TestThePlatformsPageNamesEveryRecipe(t *testing.T) {
	page := documents(t)["docs/platforms.md"]
	recipes, err := fs.Glob(os.DirFS(".."), "build/recipes/*")
	require.NoError(t, err)
	require.NotEmpty(t, recipes)
	for _, recipe := range recipes {
		if filepath.Ext(recipe) == "" {
			assert.Contains(t, page, "| `"+recipe+"`", "a row of docs/platforms.md")
		}
	}
	for _, p := range platforms {
		assert.Contains(t, page, "`"+p.library+"`", p.name())
	}
}
