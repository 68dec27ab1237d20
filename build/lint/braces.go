package main

import (
	"regexp"
	"strings"
)

// cFunctions returns the functions of a C, C++ or C# file: the blocks that stand in no
// other, namespaces, types and extern "C" aside, and whose heading has parentheses. It
// counts braces and knows no grammar, which is enough for code that is laid out as usual.
func cFunctions(text string) []function {
	s := scanner{text: blank(text), line: 1}
	for s.pos = range len(s.text) {
		s.step(s.text[s.pos])
	}
	return s.found
}

// scanner goes through a file whose comments, strings and directives are blank.
type scanner struct {
	text    string
	pos     int
	line    int
	heading int // where the text before the next brace begins
	first   int // the line that heading begins on; 0: nothing but blanks yet
	depth   int // braces open inside the current block; 0: between blocks
	current function
	found   []function
}

func (s *scanner) step(c byte) {
	switch {
	case c == '\n':
		s.line++
	case c == '{' && s.depth == 0:
		s.open()
	case c == '{':
		s.depth++
	case c == '}' && s.depth > 0:
		if s.depth--; s.depth == 0 {
			s.end()
		}
	case s.depth == 0 && (c == '}' || c == ';'):
		s.next()
	case s.depth == 0 && s.first == 0 && c != ' ' && c != '\t' && c != '\r':
		s.first = s.line
	}
}

// next begins the heading of what follows.
func (s *scanner) next() { s.heading, s.first = s.pos+1, 0 }

// container is what may hold functions, when it is not a function's return type.
var container = regexp.MustCompile(`\b(namespace|class|struct|union|enum|interface|record|extern)\b`)

// mark is what Unreal Engine and C# have in front of a class.
var mark = regexp.MustCompile(`^(?:U(?:CLASS|STRUCT|ENUM)\((?:[^()]|\([^()]*\))*\)|(?:\[[^\[\]]*\]\s*)+)`)

// lastName is the word before the first parenthesis, or else the last one.
var lastName = regexp.MustCompile(`(~?\w+)\s*(?:\(|=>\s*$|$)`)

// open begins a block, unless it only holds others.
func (s *scanner) open() {
	heading := mark.ReplaceAllString(strings.TrimSpace(s.text[s.heading:s.pos]), "")
	if container.MatchString(heading) && !strings.ContainsAny(heading, "(=") {
		s.next()
		return
	}
	s.depth = 1
	s.current = function{first: s.first}
	if name := lastName.FindStringSubmatch(heading); name != nil && !strings.HasSuffix(heading, "=") {
		s.current.name = name[1]
	}
}

// end takes the block that has just ended, when it was a function and no table of values.
func (s *scanner) end() {
	if s.current.name != "" {
		s.current.last = s.line
		s.found = append(s.found, s.current)
	}
	s.next()
}

// notCode matches a comment, a string, a character or a directive of the preprocessor.
var notCode = regexp.MustCompile(`(?s)//[^\n]*|/\*.*?\*/` +
	`|@"(?:[^"]|"")*"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'` +
	`|(?-s:(?m:^[ \t]*#(?:.*\\\r?\n)*.*$))`)

// blank replaces what is no code with spaces, and keeps the lines.
func blank(text string) string {
	return notCode.ReplaceAllStringFunc(text, func(match string) string {
		return strings.Map(func(r rune) rune {
			if r == '\n' {
				return r
			}
			return ' '
		}, match)
	})
}
