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

// The names under which the host's scripts are compiled; stacks drop frames of
// files that begin with "isolane:".
const (
	originHost = "isolane:host"
	originBoot = "isolane:boot"
)

// bootName is the global under which a snapshot keeps the host's script, until it is
// taken; no function's code sees it.
const bootName = `globalThis["isolane:boot"]`

// hostScript is how a context gets the host's script.
type hostScript struct {
	// source has boot as its completion value.
	source string
	// ready says that source has run in every context already.
	ready bool
	// taken says that a context of this process has a boot that must be taken away,
	// ready or not.
	taken bool
	why   error // of not ready
}

// snapshot is the one that V8 has for the process.
var snapshot struct {
	once   sync.Once
	source string // what has run in it; "" where there is none
	err    error
}

func newHostScript(webapi string) hostScript {
	source := "((global) => {\nconst border = " + expression(borderScript) + "();\nconst webapi = " + expression(webapi) +
		";\nreturn " + expression(jsruntime.CoreScript()) + "(border, webapi, global);\n})(globalThis)"
	h := hostScript{source: source}
	if webapi == "" {
		return h
	}
	snapshot.once.Do(func() {
		// The microtasks of one run before the next. The last takes the rehearsal's border away.
		snapshot.err = useSnapshot(originHost,
			bootName+" = "+source+";",
			expression(rehearsalScript)+"("+bootName+");",
			bootName+`(undefined, undefined, undefined, '{"env":{}}');`)
		if snapshot.err == nil {
			snapshot.source = source
		}
	})
	h.ready, h.taken, h.why = snapshot.source == source, snapshot.source != "", snapshot.err
	return h
}

// expression is a script that is one expression statement, without its end.
func expression(script string) string {
	end := len(script)
	for end > 0 && (script[end-1] == '\n' || script[end-1] == ';' || script[end-1] == ' ') {
		end--
	}
	return "(" + script[:end] + "\n)"
}

// boot returns the host's script's boot in a new context.
func (r *realm) boot() (*bindValue, error) {
	h := &r.iso.engine.host
	if h.taken {
		taken, err := r.evaluate("(() => { const boot = "+bootName+"; delete "+bootName+"; return boot; })()", originBoot, &r.iso.engine.bootCode)
		if err != nil || h.ready {
			return taken, err
		}
		taken.Release()
	}
	r.iso.native.offerFlow(r.ctx)
	return r.evaluate(h.source, originHost, &r.iso.engine.hostCode)
}
