package wire_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/wire"
)

// row is the first two cells of a table's row, without backquotes.
type row struct{ name, value string }

// readTables returns the tables of docs/wire.md by the heading that they stand under.
func readTables(t *testing.T) map[string][]row {
	t.Helper()
	text, err := os.ReadFile("../../docs/wire.md")
	require.NoError(t, err)
	tables := map[string][]row{}
	heading := ""
	for line := range strings.Lines(string(text)) {
		line = strings.ReplaceAll(strings.TrimSpace(line), "`", "")
		cells := strings.Split(line, " | ")
		switch {
		case strings.HasPrefix(line, "#"):
			heading = strings.TrimLeft(line, "# ")
			assert.NotContains(t, tables, heading, "a heading stands once")
		case strings.HasPrefix(line, "|---"):
			tables[heading] = []row{} // what came before were titles
		case strings.HasPrefix(line, "| ") && tables[heading] != nil:
			tables[heading] = append(tables[heading], row{strings.TrimPrefix(cells[0], "| "), cells[1]})
		}
	}
	return tables
}

func names(rows []row) []string {
	list := []string{}
	for _, r := range rows {
		list = append(list, r.name)
	}
	return list
}

// readSource returns the package's constants by name, as they are written, and its structs.
func readSource(t *testing.T) (constants map[string]string, structs map[string]*ast.StructType) {
	t.Helper()
	constants, structs = map[string]string{}, map[string]*ast.StructType{}
	sources, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, name := range sources {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
		collect(t, file, constants, structs)
	}
	return constants, structs
}

func collect(t *testing.T, file *ast.File, constants map[string]string, structs map[string]*ast.StructType) {
	ast.Inspect(file, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.ValueSpec:
			if len(node.Values) == 0 {
				break
			}
			if value, ok := node.Values[0].(*ast.BasicLit); ok && value.Kind == token.STRING {
				text, err := strconv.Unquote(value.Value)
				require.NoError(t, err)
				constants[node.Names[0].Name] = text
			}
		case *ast.TypeSpec:
			if s, ok := node.Type.(*ast.StructType); ok && node.Name.IsExported() {
				structs[node.Name.Name] = s
			}
		}
		return true
	})
}

func TestTheDocumentListsEveryName(t *testing.T) {
	constants, _ := readSource(t)
	tables := readTables(t)
	documented := map[string]string{"Cmd": "Commands", "Event": "Events", "Kick": "Kick reasons", "Close": "Close reasons"}
	count := 0
	for prefix, heading := range documented {
		inCode := []string{}
		for name, value := range constants {
			if regexp.MustCompile("^" + prefix + "[A-Z]").MatchString(name) {
				inCode = append(inCode, value)
			}
		}
		assert.ElementsMatch(t, inCode, names(tables[heading]), heading)
		count += len(inCode)
	}
	assert.Equal(t, len(constants)-5, count, "all constants but the paths and those of an opening are commands, events or reasons")
}

func TestTheDocumentListsEveryKey(t *testing.T) {
	_, structs := readSource(t)
	tables := readTables(t)
	for name, s := range structs {
		inCode := []row{}
		for _, field := range s.Fields.List {
			inCode = append(inCode, keyOf(t, field))
		}
		assert.Equal(t, inCode, tables[name], name)
	}
	other := []string{"Limits", "Commands", "Events", "Kick reasons", "Close reasons"}
	assert.Len(t, tables, len(structs)+len(other), "a table is of a type, or one of %v", other)
}

// keyOf is the row that the document has about a field.
func keyOf(t *testing.T, field *ast.Field) row {
	t.Helper()
	tag, err := strconv.Unquote(field.Tag.Value)
	require.NoError(t, err)
	key, options, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ",")
	kind := kindOf(field.Type)
	require.NotEmpty(t, kind, "the kind of %s", key)
	if options == "omitempty" {
		kind += ", optional"
	}
	return row{key, kind}
}

// kindOf is what the document says of a type: what JSON calls it, or the name of a struct.
func kindOf(expr ast.Expr) string {
	kinds := map[string]string{"string": "string", "bool": "bool", "int": "integer", "int64": "integer", "uint64": "integer"}
	switch expr := expr.(type) {
	case *ast.SelectorExpr:
		return map[string]string{"RawMessage": "any", "Code": "integer"}[expr.Sel.Name]
	case *ast.ArrayType:
		return "array of " + kindOf(expr.Elt)
	case *ast.StarExpr:
		return kindOf(expr.X)
	}
	if kind, basic := kinds[fmt.Sprint(expr)]; basic {
		return kind
	}
	return fmt.Sprint(expr)
}

func TestTheDocumentHasTheLimits(t *testing.T) {
	assert.Equal(t, []row{
		{"Version", strconv.Itoa(wire.Version)},
		{"Path", wire.Path},
		{"FilesPath", wire.FilesPath},
		{"MaxFrameBeforeLogin", strconv.Itoa(wire.MaxFrameBeforeLogin)},
		{"MaxFrame", strconv.Itoa(wire.MaxFrame)},
		{"HelloTimeout", wire.HelloTimeout.String()},
		{"OpeningHeader", wire.OpeningHeader},
		{"OpeningScheme", wire.OpeningScheme},
		{"OpeningTaken", wire.OpeningTaken},
		{"MaxOpening", strconv.Itoa(wire.MaxOpening)},
	}, readTables(t)["Limits"])
}
