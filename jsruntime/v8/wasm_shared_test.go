package v8

import (
	"encoding/json"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// number is n in LEB128, with up to pad bytes more than it needs.
func number(n, pad int) []byte {
	var out []byte
	for n >= 128 {
		out = append(out, byte(n)|128)
		n >>= 7
	}
	out = append(out, byte(n))
	for ; pad > 0 && len(out) < 5; pad-- {
		out[len(out)-1] |= 128
		out = append(out, 0)
	}
	return out
}

// wasmModule is a module of random sections, with memories of which one may be shared.
func wasmModule(r *rand.Rand, shared bool) []byte {
	module := []byte{0, 0x61, 0x73, 0x6d, 1, 0, 0, 0}
	section := func(id byte, content []byte) {
		module = append(module, id)
		module = append(module, number(len(content), r.IntN(5))...)
		module = append(module, content...)
	}
	custom := func() {
		for range r.IntN(3) {
			name := make([]byte, r.IntN(200))
			for i := range name {
				name[i] = byte('a' + r.IntN(26))
			}
			rest := make([]byte, r.IntN(300))
			for i := range rest {
				rest[i] = byte(r.Uint32())
			}
			section(0, append(append(number(len(name), r.IntN(5)), name...), rest...))
		}
	}
	custom()
	if r.IntN(2) == 0 {
		section(1, []byte{1, 0x60, 0, 0}) // a type
		custom()
	}
	count := 1 + r.IntN(3)
	at := r.IntN(count)
	memories := number(count, r.IntN(5))
	for i := range count {
		switch {
		case shared && i == at:
			memories = append(append(append(memories, 3), number(1, r.IntN(5))...), number(1+r.IntN(1000), r.IntN(5))...)
		case r.IntN(2) == 0:
			memories = append(append(memories, 0), number(1, r.IntN(5))...)
		default:
			memories = append(append(append(memories, 1), number(1, r.IntN(5))...), number(1+r.IntN(1000), r.IntN(5))...)
		}
	}
	section(5, memories)
	custom()
	return module
}

// A shared memory is found wherever it stands in a module, and nothing else is taken for
// one.
func TestSharedMemoryIsFoundAnywhere(t *testing.T) {
	l := newLoop(t, nil)
	fn := module(t, "f", `
export default (msg) => msg.json().map((bytes) => {
  try { new WebAssembly.Module(new Uint8Array(bytes)); return "ok" } catch (e) { return String(e) }
})`, patiently)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, seed))
	const n = 300
	modules, want := make([][]int, n), make([]bool, n)
	for i := range modules {
		want[i] = r.IntN(2) == 0
		for _, b := range wasmModule(r, want[i]) {
			modules[i] = append(modules[i], int(b))
		}
	}
	payload, err := json.Marshal(modules)
	require.NoError(t, err)
	result, err := l.Call(fn, payload)
	require.NoError(t, err)
	var got []string
	require.NoError(t, json.Unmarshal(result.Body, &got), "%s", result.Message)
	require.Len(t, got, n)
	for i, shared := range want {
		if shared {
			require.Contains(t, got[i], "TypeError: WebAssembly.Module: shared memory is not supported", "%v", modules[i])
		} else {
			require.Equal(t, "ok", got[i], "%v", modules[i])
		}
	}
}
