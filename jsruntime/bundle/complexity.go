package bundle

import (
	"bytes"
	"fmt"
)

// esbuild parses by recursion: what nests a hundred thousand levels deep overflows
// Go's stack, which ends the process. Indentation makes the output of deep blocks grow
// with the square of their depth, and the time to rename what nested functions call
// the same grows with its cube: 0.8 s for 500, 34 s for 2,000. These bounds keep far
// from that, and far above what people and other tools write.
const (
	// maxNesting bounds how deep brackets nest in one file.
	maxNesting = 500
	// maxChain bounds the tokens of one file that no comma, semicolon or brace parts:
	// a.b.c, if (a) if (b) c. The arrow of a function, in a => b => c, counts as
	// arrowWeight of them.
	maxChain    = 20_000
	arrowWeight = 40
	// maxElse bounds how often one file says else, which may be one chain.
	maxElse = 50_000
)

// tooComplex says what is too complex in a file of JavaScript or JSON, or "".
//
// It skips comments, strings and templates, but knows no grammar: in a regular
// expression it may take a quotation mark for a string. It is a guard, not a promise.
func tooComplex(src []byte) string {
	s := scanner{src: src}
	for s.at < len(src) {
		s.token()
	}
	switch {
	case s.deepest > maxNesting:
		return fmt.Sprintf("nested more than %d levels deep", maxNesting)
	case s.longest > maxChain:
		return fmt.Sprintf("an expression or statement of more than %d tokens: part it", maxChain)
	case s.elses > maxElse:
		return fmt.Sprintf("more than %d times else: part the file", maxElse)
	}
	return ""
}

// scanner counts as it goes through a file.
type scanner struct {
	src            []byte
	at             int
	depth, deepest int   // brackets
	chain, longest int   // tokens since the last separator
	elses          int   // of the keyword
	templates      []int // the depths at which the code in templates began
}

// token moves past one token, or past what is none.
func (s *scanner) token() {
	c := s.src[s.at]
	s.at++
	switch {
	case c == ' ', c == '\n', c == '\t', c == '\r':
		return
	case isWord(c):
		s.word()
	case c == '=' && s.at < len(s.src) && s.src[s.at] == '>':
		s.chain += arrowWeight
	case c == '"', c == '\'':
		s.at += stringEnd(s.src[s.at:], c)
	case c == '`':
		s.template()
	case c == '/':
		if n := commentEnd(s.src[s.at:]); n > 0 {
			s.at += n
			return
		}
	case c == '(', c == '[', c == '{':
		s.depth++
		s.deepest = max(s.deepest, s.depth)
	case c == ')', c == ']', c == '}':
		s.depth = max(s.depth-1, 0)
		if n := len(s.templates); c == '}' && n > 0 && s.templates[n-1] == s.depth {
			s.templates = s.templates[:n-1]
			s.template()
		}
	}
	s.chain++
	s.longest = max(s.longest, s.chain)
	if c == ',' || c == ';' || c == '{' || c == '}' {
		s.chain = 0
	}
}

// word moves past the rest of a name, a keyword or a number.
func (s *scanner) word() {
	start := s.at - 1
	for s.at < len(s.src) && isWord(s.src[s.at]) {
		s.at++
	}
	if string(s.src[start:s.at]) == "else" {
		s.elses++
	}
}

// template moves past the text of a template, to its end or to the code in it.
func (s *scanner) template() {
	for ; s.at < len(s.src); s.at++ {
		switch s.src[s.at] {
		case '\\':
			s.at++
		case '`':
			s.at++
			return
		case '$':
			if bytes.HasPrefix(s.src[s.at:], []byte("${")) {
				s.at += 2
				s.templates = append(s.templates, s.depth)
				s.depth++
				s.deepest = max(s.deepest, s.depth)
				return
			}
		}
	}
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '$' || c >= 0x80
}

// stringEnd returns how many bytes after an opening quotation mark the string ends:
// at the closing one, or at once where that is missing on the line.
func stringEnd(rest []byte, quote byte) int {
	for i := 0; i < len(rest); i++ {
		switch rest[i] {
		case quote:
			return i + 1
		case '\\':
			i++
		case '\n':
			return 0
		}
	}
	return 0
}

// commentEnd returns how many bytes after a slash a comment ends, or 0 where the slash
// begins none that ends.
func commentEnd(rest []byte) int {
	switch {
	case bytes.HasPrefix(rest, []byte("/")):
		if end := bytes.IndexByte(rest, '\n'); end >= 0 {
			return end
		}
		return len(rest)
	case bytes.HasPrefix(rest, []byte("*")):
		if end := bytes.Index(rest[1:], []byte("*/")); end >= 0 {
			return 1 + end + 2
		}
	}
	return 0
}
