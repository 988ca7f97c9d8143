package jsruntime

import _ "embed"

//go:embed core.js
var coreScript string

// CoreScript is the host's script: its completion value is a function of the
// engine's border, the web APIs' function and the global object. That returns boot, a
// function of what the border is opened with and the configuration, which returns the
// one function that a Realm enters.
func CoreScript() string { return coreScript }
