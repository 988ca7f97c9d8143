package webapi

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// partTable lists the scripts that a context runs when something of theirs is first touched,
// by name. Each is a folder of js/parts, behind the libraries that it is made with, which
// are in js/vendor; tools/webvendor bundles these.
var partTable = []struct {
	name   string
	vendor []string
}{
	{name: "streams", vendor: []string{"streams"}},
	{name: "files"},
	{name: "events"},
	{name: "inspect"},
	{name: "crypto"},
	{name: "urlpattern", vendor: []string{"urlpattern"}},
}

// sharedFile lists what Script shares with the parts.
const sharedFile = "js/web/89_shared.js"

var partTexts = sync.OnceValue(buildParts)

// Part returns a script whose completion value is a function of what Script, or the part
// that it began with, shares, which returns the part's classes and functions; false where
// there is none of that name. It is
// the same text in every call, pure ASCII, and safe for concurrent use.
//
// A part is no piece of Script, so that a context, and an isolate, that needs none of it
// pays nothing for it.
func Part(name string) (string, bool) {
	text, ok := partTexts()[name]
	return text, ok
}

func buildParts() map[string]string {
	names := strings.Join(sharedNames(mustRead(sharedFile)), ", ")
	texts := make(map[string]string, len(partTable)+1)
	_, texts[webPart] = split()
	for _, p := range partTable {
		var b strings.Builder
		fmt.Fprintf(&b, "(function (shared) {\n\"use strict\";\nconst { %s } = shared;\n", names)
		for _, library := range p.vendor {
			// As it was bundled: a library may have template literals that span lines.
			b.WriteString(mustRead("js/vendor/" + library + ".js"))
		}
		files(&b, "js/parts/"+p.name)
		b.WriteString("})\n")
		texts[p.name] = b.String()
	}
	return texts
}

// sharedNames reads the names of the one object that a file returns.
func sharedNames(source string) []string {
	_, list, _ := strings.Cut(source, "__proto__: null,")
	list, _, _ = strings.Cut(list, "}")
	list = regexp.MustCompile(`//[^\n]*`).ReplaceAllString(list, "")
	return strings.FieldsFunc(list, func(r rune) bool { return strings.ContainsRune(", \n\t", r) })
}
