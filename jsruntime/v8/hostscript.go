package v8

import (
	_ "embed"
	"sync"

	"github.com/isolane/isolane/jsruntime"
)

//go:embed border.js
var borderScript string

//go:embed rehearsal.js
var rehearsalScript string

// originHost is the name under which the host's script is compiled; stacks drop frames
// of files that begin with "isolane:".
const originHost = "isolane:host"

// bootName is the global under which the host's script is kept while a snapshot is made.
const bootName = `globalThis["isolane:boot"]`

// hostScript is how a context gets the host's script.
type hostScript struct {
	// source has boot as its completion value.
	source string
	// ready says that the snapshot has a context in which source has run.
	ready bool
	why   error // of not ready
}

// snapshot is the one that V8 has for the process.
var snapshot struct {
	once   sync.Once
	source string // what has run in it; "" where there is none
	err    error
}

func newHostScript(webapi string) hostScript {
	source := "((global) => {\nconst border = " + jsruntime.Expression(borderScript) + "();\nconst webapi = " + jsruntime.Expression(webapi) +
		";\nreturn " + jsruntime.Expression(jsruntime.CoreScript()) + "(border, webapi, global);\n})(globalThis)"
	h := hostScript{source: source}
	if webapi == "" {
		return h
	}
	snapshot.once.Do(func() {
		// The microtasks of one run before the next. The last takes the rehearsal's border away,
		// and has boot as its completion value.
		snapshot.err = useSnapshot(originHost,
			bootName+" = "+source+";",
			jsruntime.Expression(rehearsalScript)+"("+bootName+");",
			"(() => { const boot = "+bootName+"; delete "+bootName+`; boot(undefined, undefined, undefined, '{"env":{}}'); return boot; })()`)
		if snapshot.err == nil {
			snapshot.source = source
		}
	})
	h.ready, h.why = snapshot.source == source, snapshot.err
	return h
}
