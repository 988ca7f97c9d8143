package webapi

import (
	"embed"
	"fmt"
	"strings"
)

//go:embed js/*.js js/web/*.js js/parts/*/*.js js/vendor/*.js
var sources embed.FS

// Origin is the name under which the script is to be compiled; frames of its
// functions carry it.
const Origin = "isolane:webapi"

// Script returns the host's JavaScript: one script whose completion value is the
// function (host, global) that installs the Web APIs. It is the same text in every
// call, pure ASCII, and safe for concurrent use. What few functions touch is not in it:
// see Part.
func Script() string {
	base, _ := split()
	return base
}

// files writes what a folder has, in the order of the names.
func files(b *strings.Builder, folder string) {
	entries, err := sources.ReadDir(folder)
	if err != nil {
		panic(fmt.Sprintf("webapi: embedded sources: %v", err)) // cannot happen: the folder is in the binary
	}
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		strip(b, mustRead(folder+"/"+e.Name()))
	}
}

// mustRead reads a file that is in the binary.
func mustRead(name string) string {
	text, err := sources.ReadFile(name)
	if err != nil {
		panic(fmt.Sprintf("webapi: embedded sources: %v", err)) // cannot happen
	}
	return string(text)
}

// Stripped returns a script of the host's without indentation, empty lines and lines that are
// comments; no template literal in it may span lines.
func Stripped(source string) string {
	var b strings.Builder
	strip(&b, source)
	return b.String()
}

// strip writes source without indentation, empty lines and lines that are comments:
// every isolate holds the text. No template literal in js spans lines.
func strip(b *strings.Builder, source string) {
	for line := range strings.Lines(source) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "//") {
			continue
		}
		b.WriteString(line)
		b.WriteByte('\n')
	}
}
