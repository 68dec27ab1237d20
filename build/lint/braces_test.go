package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCFunctions(t *testing.T) {
	tests := []struct {
		name string
		text string
		want []function
	}{
		{"a function with blocks in it", "int f(int a) {\n  if (a) {\n  }\n  return a;\n}\n", []function{{"f", 1, 5}}},
		{"two functions", "void f(void) {}\n\nvoid g(void) {\n}\n", []function{{"f", 1, 1}, {"g", 3, 4}}},
		{"a declaration is none", "int f(int a);\n", nil},
		{"a struct is none", "struct a {\n  int b;\n};\n", nil},
		{"a function may return one", "struct a *f(void) {\n}\n", []function{{"f", 1, 2}}},
		{"a table of structs is none", "struct a t[] = {\n  {1},\n};\nvoid f(void) {}\n", []function{{"f", 4, 4}}},
		{"an array sized by an expression is none", "int t[(1 + 2)] = {\n  1,\n};\n", nil},
		{"a brace in a comment", "void f(void) { /* { */\n  // {\n}\n", []function{{"f", 1, 3}}},
		{"a brace in a string and in a character", "void f(void) {\n  g(\"{\\\"\", '{', '\\'');\n}\n", []function{{"f", 1, 3}}},
		{"a brace in a directive", "#define A {\n#define B \\\n  {\nvoid f(void) {\n}\n", []function{{"f", 4, 5}}},
		{"a comment above is not part of it", "/* f\n * does */\nvoid f(void) {\n}\n", []function{{"f", 3, 4}}},
		{"extern C is looked into", "extern \"C\" {\nvoid f(void) {\n}\n}\n", []function{{"f", 2, 3}}},
		{"C++ in a namespace and a class", "namespace a {\nclass B : public C {\n public:\n  ~B() {\n  }\n  int b() const noexcept {\n  }\n};\n}\n",
			[]function{{"~B", 3, 5}, {"b", 6, 7}}},
		{"C# methods and properties", "namespace A\n{\n  class B\n  {\n    int C => 1;\n    int D\n    {\n      get { return 1; }\n    }\n    void E(int a)\n    {\n    }\n  }\n}\n",
			[]function{{"D", 6, 9}, {"E", 10, 12}}},
		{"a class of Unreal Engine", "UCLASS(a = B, meta = (C = \"d\"))\nclass A : public B\n{\n\tvoid f() {\n\t}\n};\n", []function{{"f", 4, 5}}},
		{"a C# class with attributes is looked into", "[assembly: A(\"a\")]\n\nnamespace B\n{\n  [C(1)]\n  [D]\n  class E\n  {\n    [F(2)]\n    void G()\n    {\n    }\n  }\n}\n",
			[]function{{"G", 9, 12}}},
		{"a C# verbatim string", "void f() {\n  g(@\"\\\", 1);\n}\n", []function{{"f", 1, 3}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, cFunctions(tt.text))
		})
	}
}
