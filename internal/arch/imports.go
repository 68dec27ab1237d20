package arch

import (
	"path"
	"strconv"
	"strings"
)

// mayImport is the architecture: what a folder may import of the module besides itself.
// A folder below one of these follows its rule; any other folder with Go files is refused.
var mayImport = map[string][]string{
	"internal":        {"internal"},
	"core":            {"internal"},
	"capi":            {"core", "internal"},
	"server/session":  {"internal"},
	"server/chat":     {"server/msgbody", "server/session", "internal"},
	"server/gateway":  {"server/chat", "server/session", "internal"},
	"server/sqlstore": {"server/chat", "server/session", "internal"},
	"server/bus":      {"server/chat", "server/session", "internal"},
	"server/admin":    {"server/chat", "server/msgbody", "server/session", "internal"},
	"server/msgbody":  {"internal"},
	"server/files":    {"server/chat", "internal"},
	"server/webhook":  {"server/chat", "server/session", "internal"},
	"server/assist":   {"server/chat", "internal"},
	"server/bench":    {"server/session", "internal"},
	"server/console":  {"server/chat", "server/session", "internal"},
	"cmd":             {"server", "internal"},
	"build":           {"internal"},
	"bindings":        {"capi/harness/rig", "internal"},
}

// testsMayImport is what the tests of a folder may import on top of that: a test of the
// server may stand it up whole. A client's test still sees no server, nor the reverse.
var testsMayImport = map[string][]string{
	"server":      {"server"},
	"build/bench": {"server/bus/bustest"},
}

// keptIn holds modules of others to one folder: what a game loads must not grow by them.
var keptIn = map[string]string{
	"github.com/nats-io/":  "server/bus",
	"github.com/chromedp/": "cmd/banterd",

	"github.com/HdrHistogram/": "server/bench",

	"github.com/gabriel-vasile/mimetype": "server/files",
	"github.com/minio/":                  "server/files",
	"github.com/johannesboyne/":          "internal/s3test",
	"golang.org/x/image":                 "server/files",
}

// ruleOf returns the folder of mayImport that dir falls under, or "".
func ruleOf(dir string) string {
	for ; dir != "."; dir = path.Dir(dir) {
		if _, ok := mayImport[dir]; ok {
			return dir
		}
	}
	return ""
}

func checkFolder(f file) []string {
	if ruleOf(f.dir()) != "" {
		return nil
	}
	return []string{f.at(f.syntax.Name, "the folder %s has no import rule", f.dir())}
}

func checkImports(f file) []string {
	var broken []string
	for _, spec := range f.syntax.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue // the parser refused it already
		}
		if name == "C" && f.dir() != "capi" {
			broken = append(broken, f.at(spec, `import "C" stands outside capi`))
		}
		for prefix, folder := range keptIn {
			if strings.HasPrefix(name, prefix) && !within(f.dir(), folder) {
				broken = append(broken, f.at(spec, "%s is for %s alone", name, folder))
			}
		}
		if target, ours := strings.CutPrefix(name, module); ours && !allowed(f, target) {
			broken = append(broken, f.at(spec, "%s may not import %s", f.dir(), target))
		}
	}
	return broken
}

func allowed(f file, target string) bool {
	rule := ruleOf(f.dir())
	if rule == "" {
		return true // checkFolder tells
	}
	folders := append([]string{rule}, mayImport[rule]...)
	if f.isTest() {
		for side, more := range testsMayImport {
			if within(f.dir(), side) {
				folders = append(folders, more...)
			}
		}
	}
	for _, folder := range folders {
		if within(target, folder) {
			return true
		}
	}
	return false
}
