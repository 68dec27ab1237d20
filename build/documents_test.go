package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// documents returns the text of our documents by path, from the module's root.
func documents(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	root := os.DirFS("..")
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/adr/*.md"} {
		names, err := fs.Glob(root, pattern)
		require.NoError(t, err)
		for _, name := range names {
			text, err := fs.ReadFile(root, name)
			require.NoError(t, err)
			texts[name] = string(text)
		}
	}
	require.Contains(t, texts, "README.md")
	return texts
}

// pathInText matches what is set as code and begins with one of our folders.
var pathInText = regexp.MustCompile("`((?:build|capi|cmd|core|docs|internal|scripts|server|\\.ci)/[^` ]*)[^`]*`")

func TestPathsInDocumentsExist(t *testing.T) {
	checked := 0
	for document, text := range documents(t) {
		for _, match := range pathInText.FindAllStringSubmatch(text, -1) {
			if strings.HasPrefix(match[1], "build/out/") {
				continue // there after a build
			}
			checked++
			_, err := os.Stat(filepath.Join("..", match[1]))
			assert.NoError(t, err, "%s names %s", document, match[1])
		}
	}
	assert.NotZero(t, checked)
}

// link matches a link of Markdown that stays within the repository.
var link = regexp.MustCompile(`\]\(([^):#]+)\)`)

func TestLinksInDocumentsLead(t *testing.T) {
	checked := 0
	for document, text := range documents(t) {
		for _, match := range link.FindAllStringSubmatch(text, -1) {
			checked++
			_, err := os.Stat(filepath.Join("..", filepath.Dir(document), match[1]))
			assert.NoError(t, err, "%s links to %s", document, match[1])
		}
	}
	assert.NotZero(t, checked)
}

// cBlock matches a program in C.
var cBlock = regexp.MustCompile("(?s)\n```c\n(.*?)```")

func TestProgramsInDocumentsCompile(t *testing.T) {
	texts := documents(t)
	for _, document := range []string{"README.md", "docs/clients.md"} {
		programs := cBlock.FindAllStringSubmatch(texts[document], -1)
		require.Len(t, programs, 1, document)
		for _, standard := range []string{"c99", "c17"} {
			cmd := exec.Command("gcc", "-std="+standard, "-fsyntax-only", "-Wall", "-Wextra", "-Werror",
				"-I../capi/include", "-x", "c", "-")
			cmd.Stdin = strings.NewReader(programs[0][1])
			said, err := cmd.CombinedOutput()
			assert.NoError(t, err, "%s -std=%s\n%s", document, standard, said)
		}
	}
}

func TestTheReadmeNamesEveryPlatformWeBuildFor(t *testing.T) {
	readme := documents(t)["README.md"]
	rows := map[string]string{"linux-amd64": "Linux x86-64", "linux-arm64": "Linux arm64", "windows-amd64": "Windows x86-64"}
	for _, p := range platforms {
		require.NotEmpty(t, rows[p.name()], p.name())
		row := regexp.MustCompile(`\| ` + rows[p.name()] + ` +\| ` + "`(.*?)` +\\| `(.*?)` ").FindStringSubmatch(readme)
		require.NotNil(t, row, "a row about %s", p.name())
		assert.Equal(t, []string{p.library, p.server}, row[1:], p.name())
	}
}
