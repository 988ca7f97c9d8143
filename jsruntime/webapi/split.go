package webapi

import (
	"slices"
	"strings"
	"sync"
)

// split is Script and the part that it lacks.
var split = sync.OnceValues(buildSplit)

// webPart is the name of the part with what the files in js/web say. Script has it run when
// something of it is first asked for: most functions ask for none of it, and an engine would
// keep its source for each isolate, or make all of its functions for each realm.
const webPart = "web"

func buildSplit() (base, web string) {
	var inner, outer strings.Builder
	files(&inner, "js/web")
	files(&outer, "js")
	names := append([]string{"host", "global"}, declared(outer.String())...)
	// What the rest does not mention it is not given.
	mentioned := make(map[string]bool)
	for _, word := range words(inner.String()) {
		mentioned[word] = true
	}
	names = slices.DeleteFunc(names, func(name string) bool { return !mentioned[name] })
	list := strings.Join(names, ", ")
	base = "(function (host, global) {\n\"use strict\";\nfunction makeWeb() { return host.part(\"" + webPart + "\")(" + list + "); }\n" + outer.String() + "})\n"
	web = "(function (" + list + ") {\n\"use strict\";\n" + inner.String() + "})\n"
	return base, web
}

// words returns the names in a source, in order, and each other character that is no
// space as one of its own. What is in strings counts as well.
func words(source string) []string {
	var all []string
	name := func(c byte) bool {
		return c == '_' || c == '$' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
	}
	for at := 0; at < len(source); {
		end := at + 1
		for name(source[at]) && end < len(source) && name(source[end]) {
			end++
		}
		if word := source[at:end]; strings.TrimSpace(word) != "" {
			all = append(all, word)
		}
		at = end
	}
	return all
}

// declared returns the names that the outermost declarations of a source make: of
// function and class, and of const and let with their patterns.
func declared(source string) []string {
	var all []string
	depth, declaring, expect := 0, false, false
	tokens := words(source)
	for at, word := range tokens {
		next := ""
		if at+1 < len(tokens) {
			next = tokens[at+1]
		}
		switch {
		case word == "{" && declaring && expect: // a pattern: its names stand before , } or =
			depth++
		case strings.Contains("([{", word):
			depth++
			expect = false
		case strings.Contains(")]}", word):
			depth--
		case depth == 0 && (word == "const" || word == "let"):
			declaring, expect = true, true
		case depth == 0 && (word == "function" || word == "class") && !declaring:
			all = append(all, next)
		case depth == 0 && word == ";":
			declaring, expect = false, false
		case depth == 0 && word == "," && declaring:
			expect = true
		case depth == 0 && word == "=":
			expect = false
		case expect && depth == 0:
			all = append(all, word)
			expect = false
		case expect && depth == 1 && declaring && word != "," && strings.Contains(",}=", next):
			all = append(all, word)
		}
	}
	return all
}
