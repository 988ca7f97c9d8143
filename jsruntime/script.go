package jsruntime

import (
	_ "embed"
	"sync"

	"github.com/isolane/isolane/jsruntime/webapi"
)

//go:embed core.js
var coreSource string

var coreScript = sync.OnceValue(func() string { return webapi.Stripped(coreSource) })

// CoreScript is the host's script: its completion value is a function of the
// engine's border, the web APIs' function and the global object. That returns boot, a
// function of what the border is opened with and the configuration, which returns the
// one function that a Realm enters.
func CoreScript() string { return coreScript() }

// Part is a script of the web APIs' that is not in the host's script: its completion
// value is a function. An engine runs it in a realm when border.call("part", name) asks
// for it, and returns that value. See webapi.Part.
func Part(name string) (string, bool) { return webapi.Part(name) }

// PartOrigin is the name under which a part is to be compiled.
func PartOrigin(name string) string { return webapi.Origin + "/" + name }

// Expression is a script that is one expression statement, without its end.
func Expression(script string) string {
	end := len(script)
	for end > 0 && (script[end-1] == '\n' || script[end-1] == ';' || script[end-1] == ' ') {
		end--
	}
	return "(" + script[:end] + "\n)"
}
