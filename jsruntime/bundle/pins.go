package bundle

import (
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// heavyGlobals are what the light engine lacks.
var heavyGlobals = [...]string{"Intl", "WebAssembly"}

// pinMark begins the name that stands for a global while it is looked for.
const pinMark = "isolane$pin$"

// Pin has Pinned report true: the light engine has tried to load the script, and cannot.
func (b *Bundle) Pin() { b.pinned.Store(true) }

// Pinned reports whether the light engine cannot run the script: it was told so, or there
// are Pins.
func (b *Bundle) Pinned() bool { return b.pinned.Load() || len(b.Pins()) > 0 }

// Pins returns the globals that the script names and the light engine lacks: "Intl",
// "WebAssembly". A variable or a property of that name does not count, and neither does
// what is asked for by name at run time, as globalThis["Intl"]; a look whether it is there
// (typeof Intl) does. It takes as long as parsing, the first time, where the name is in the
// script at all. It is safe for concurrent use.
func (b *Bundle) Pins() []string {
	b.pinning.Do(func() {
		define := map[string]string{}
		for _, name := range heavyGlobals {
			if strings.Contains(b.Script, name) {
				define[name] = pinMark + name
			}
		}
		if len(define) == 0 {
			return
		}
		// esbuild replaces what no declaration is in scope for.
		result := api.Transform(b.Script, api.TransformOptions{Define: define, Target: api.ESNext, LogLevel: api.LogLevelSilent})
		for _, name := range heavyGlobals {
			if strings.Contains(string(result.Code), pinMark+name) {
				b.pins = append(b.pins, name)
			}
		}
	})
	return b.pins
}
