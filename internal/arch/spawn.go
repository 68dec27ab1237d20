package arch

import "go/ast"

// checkSpawn keeps the client's goroutines to functions named spawn, which guard them:
// a panic in any other goroutine would end the game. Tests and tools may start their own.
func checkSpawn(f file) []string {
	if f.isTest() || f.dir() != "capi" && !within(f.dir(), "core") {
		return nil
	}
	var broken []string
	for _, decl := range f.syntax.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok && fn.Name.Name == "spawn" {
			continue
		}
		ast.Inspect(decl, func(node ast.Node) bool {
			if what := starts(node); what != "" {
				broken = append(broken, f.at(node, "%s starts a goroutine outside spawn", what))
			}
			return true
		})
	}
	return broken
}

// starts says what about node starts a goroutine, or "". context.AfterFunc passes: what
// it is good for, closing a connection that nothing else interrupts, cannot panic.
func starts(node ast.Node) string {
	switch node := node.(type) {
	case *ast.GoStmt:
		return "a go statement"
	case *ast.CallExpr:
		call, ok := node.Fun.(*ast.SelectorExpr)
		if !ok {
			return ""
		}
		if call.Sel.Name == "Go" {
			return "a wait group"
		}
		if pkg, ok := call.X.(*ast.Ident); ok && pkg.Name == "time" && call.Sel.Name == "AfterFunc" {
			return "time.AfterFunc"
		}
	}
	return ""
}
