package bundle

import (
	"sync/atomic"

	"github.com/isolane/isolane/jsruntime/function"
)

// Code is what an engine made of a script: compiled, with the functions that ran. It is
// kept with the script, so that each is compiled once for a process, whatever isolates
// run it, and that its code is gone when it is. The zero value is empty. It is safe for
// concurrent use and must not be copied.
type Code struct{ kept atomic.Pointer[kept] }

type kept struct {
	bytes []byte
	ran   bool
}

// Load returns what was stored last, or nil. The slice is read-only.
func (c *Code) Load() []byte {
	if k := c.kept.Load(); k != nil {
		return k.bytes
	}
	return nil
}

// Ran reports whether what was stored last has the functions of a first turn.
func (c *Code) Ran() bool {
	k := c.kept.Load()
	return k != nil && k.ran
}

// CodeOf is where the engine of that name keeps what it makes of the script. Engines do
// not read one another's.
func (b *Bundle) CodeOf(engine string) *Code {
	if engine == string(function.EngineQuickJS) {
		return &b.Bytecode
	}
	return &b.Code
}

// Store keeps code, which the caller must not change any more.
func (c *Code) Store(code []byte) { c.kept.Store(&kept{bytes: code}) }

// StoreRan keeps code of a script whose functions have run for a turn.
func (c *Code) StoreRan(code []byte) { c.kept.Store(&kept{bytes: code, ran: true}) }
