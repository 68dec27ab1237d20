package sqlstore

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

func TestMigrationsAreNumberedWithoutAGap(t *testing.T) {
	tests := []struct {
		name  string
		files fstest.MapFS
		err   string
	}{
		{"in order", fstest.MapFS{"migrations/0001_a.sql": file(""), "migrations/0002_b.sql": file("")}, ""},
		{"one is missing", fstest.MapFS{"migrations/0001_a.sql": file(""), "migrations/0003_b.sql": file("")},
			"migration 0003_b.sql: its number should be 0002"},
		{"two have one number", fstest.MapFS{"migrations/0001_a.sql": file(""), "migrations/0001_b.sql": file("")},
			"migration 0001_b.sql: its number should be 0002"},
		{"a name without a number", fstest.MapFS{"migrations/a.sql": file("")}, "migration a.sql: its number should be 0001"},
		{"a number that is too short", fstest.MapFS{"migrations/1_a.sql": file("")}, "migration 1_a.sql: its number should be 0001"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := migrations(tt.files)
			if tt.err == "" {
				assert.NoError(t, err)
			} else {
				assert.EqualError(t, err, tt.err)
			}
		})
	}
	_, err := migrations(migrationFiles)
	assert.NoError(t, err)
}

// tables counts the tables that some migrations of a test have made.
func tables(t *testing.T, store *Store) (names []string) {
	rows, err := store.db.reader().QueryContext(t.Context(),
		`SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'test_%' ORDER BY name`)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var name string
		require.NoError(t, rows.Scan(&name))
		names = append(names, name)
	}
	return names
}

func TestMigrateRunsWhatIsMissingOrNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "banter.db")
	store := open(t, path)
	done, err := migrations(migrationFiles)
	require.NoError(t, err)
	have := len(done)
	for i := range done {
		done[i].text = "must not run again"
	}
	two := migration{have + 1, "next_two.sql", `CREATE TABLE test_two (a BIGINT); CREATE TABLE test_too (a BIGINT);`}
	three := migration{have + 2, "next_three.sql", `CREATE TABLE test_three (a BIGINT)`}
	broken := migration{have + 2, "next_broken.sql", `CREATE TABLE test_three (a BIGINT); CREATE nonsense`}

	err = store.db.change(t.Context(), migrate(append(slices.Clone(done), two, broken)))
	require.ErrorContains(t, err, "migration next_broken.sql: ")
	assert.Empty(t, tables(t, store))

	for range 2 {
		require.NoError(t, store.db.change(t.Context(), migrate(append(slices.Clone(done), two, three))))
		assert.Equal(t, []string{"test_three", "test_too", "test_two"}, tables(t, store))
	}
	require.NoError(t, store.Close())

	_, err = OpenSQLite(context.Background(), path, quiet())
	assert.ErrorContains(t, err, fmt.Sprintf(
		"the data are of schema %d, and this program knows schemas up to %d: start a newer one", have+2, have))
}

// SQLite numbers parameters by their first appearance, PostgreSQL by their names: the
// two must agree in every statement.
func TestParametersAppearInOrder(t *testing.T) {
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	statements := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		require.NoError(t, err)
		ast.Inspect(parsed, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if text := literals(call); regexp.MustCompile(`\$1\b`).MatchString(text) {
					statements++
					assert.True(t, inOrder(text), "%s: %s", file, text)
				}
			}
			return true
		})
	}
	assert.Greater(t, statements, 10)
	assert.False(t, inOrder("$2 $1"))
	assert.True(t, inOrder("$1 $2 $1 $3"))
}

// literals joins the parts of text among a call's own arguments.
func literals(call *ast.CallExpr) (text string) {
	for _, arg := range call.Args {
		if _, ok := arg.(*ast.FuncLit); ok {
			continue
		}
		ast.Inspect(arg, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				part, _ := strconv.Unquote(lit.Value)
				text += part
			}
			return true
		})
	}
	return text
}

func inOrder(text string) bool {
	var seen []string
	for _, found := range regexp.MustCompile(`\$(\d+)`).FindAllStringSubmatch(text, -1) {
		if !slices.Contains(seen, found[1]) {
			seen = append(seen, found[1])
		}
	}
	for i, number := range seen {
		if number != strconv.Itoa(i+1) {
			return false
		}
	}
	return true
}
