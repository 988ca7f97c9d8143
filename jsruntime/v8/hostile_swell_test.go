package v8

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/function"
)

// What a warm function keeps outside the heap counts at the end of the turn in which it
// is over the limit, however short its turns are.
func TestShortTurnsHideNoMemory(t *testing.T) {
	if !heapLimitForEach {
		t.Skip("the original binding does not count buffers")
	}
	const memories = `k.push(new WebAssembly.Memory({ initial: 80 }))` // 5 MiB
	for name, keep := range map[string]string{
		"wasm memories":            memories,
		"buffers of its own limit": `k.push(new Uint8Array(1 << 20))`,
		"what Intl holds":          `for (let i = 0; i < 100; i++) k.push(new Intl.DateTimeFormat("de", { month: "long" }))`,
		"a wasm memory that grew":  `m.grow(80)`,
		"wasm instances":           `k.push(new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array([0,0x61,0x73,0x6d,1,0,0,0, 5,3,1,0,80]))))`,
	} {
		t.Run(name, func(t *testing.T) {
			l := newHostileLoop(t) // 16 MiB
			fn := module(t, "hoarder", `const k = [], m = new WebAssembly.Memory({ initial: 1 }); export default () => { `+keep+`; return "ok" }`, func(m *function.Manifest) {
				patiently(m)
				if strings.HasPrefix(keep, "k.push(new Uint8Array") {
					m.Limits.Buffers = 3 * function.MiB
				}
			})
			calls := 0
			var err error
			for ; err == nil && calls < 50; calls++ {
				_, err = l.Call(fn, nil)
			}
			var condemned *jsruntime.CondemnedError
			require.ErrorAs(t, err, &condemned)
			require.Equal(t, function.ExceededMemory, condemned.Outcome)
			require.Contains(t, condemned.Cause.Error(), "buffers limit of ")
			if strings.Contains(keep, "Intl") {
				return // how much one holds is ICU's affair
			}
			require.LessOrEqual(t, calls, 4, "the fourth is over the limit")
		})
	}
}
