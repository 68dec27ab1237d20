package main

import (
	"path"
	"strings"
)

// dropOrphans leaves out each .meta whose file or folder the archive does not have: Unity
// would complain of it. The repository has one for every platform's library.
func (e entries) dropOrphans() {
	there := map[string]bool{}
	for name := range e {
		if strings.HasSuffix(name, ".meta") {
			continue
		}
		for ; name != "."; name = path.Dir(name) {
			there[name] = true
		}
	}
	for name := range e {
		if asset, ok := strings.CutSuffix(name, ".meta"); ok && !there[asset] {
			delete(e, name)
		}
	}
}
