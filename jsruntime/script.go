package jsruntime

import _ "embed"

//go:embed core.js
var coreScript string

// CoreScript is the host's script: its completion value is a function of the
// engine's border, the web APIs' function, the global object and the configuration,
// which returns the entries that a Realm needs.
func CoreScript() string { return coreScript }
