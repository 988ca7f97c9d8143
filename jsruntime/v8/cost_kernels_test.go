//go:build !rogchap && unix

package v8_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/v8"
	"github.com/isolane/isolane/jsruntime/webapi"
)

// kernelPairs are the kernels of the mixed load: what they compute is all that they cost, and
// should take no longer through a Runtime.
func kernelPairs() []pair {
	var list []pair
	for _, k := range kernels {
		list = append(list, pair{
			name: "compute-" + k.name, target: 1.1,
			ours: func(tb testing.TB, _ string) call { tb.Helper(); return oursKernel(tb, k.name, k.text()) },
			bare: func(tb testing.TB, _ string) call { tb.Helper(); return bareKernelCall(tb, k.name, k.text()) },
		})
	}
	return list
}

// kernelOfBoth is a kernel that takes a message, as a function does, or a bare string.
func kernelOfBoth(tb testing.TB, name string) string {
	tb.Helper()
	return strings.Replace(kernelSource(tb, name), "export default", "const kernel =", 1) + `;
export default async (m) => typeof m === "string" ? JSON.stringify(kernel({ json: () => JSON.parse(m) })) : kernel(m)`
}

// sameEachTime is a call whose answer may not change.
func sameEachTime(answer func() (string, error)) call {
	first := ""
	return func() error {
		text, err := answer()
		if err != nil {
			return err
		}
		if first == "" {
			first = text
		}
		if text == "" || text != first {
			return fmt.Errorf("wrong reply %q", text)
		}
		return nil
	}
}

func oursKernel(tb testing.TB, name, text string) call {
	tb.Helper()
	fn, inv := costFunctionOf(tb, function.Warm, kernelOfBoth(tb, name)), costInvocation(text)
	rt, err := newCostRuntime(v8.NewEngine(v8.Config{WebAPI: webapi.Script()}))
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, rt.Close()) })
	return sameEachTime(func() (string, error) { return rt.answer(inv, fn) })
}

func bareKernelCall(tb testing.TB, name, text string) call {
	tb.Helper()
	s, err := newBareScript(costFunctionOf(tb, function.Warm, kernelOfBoth(tb, name)).Bundle, nil)
	require.NoError(tb, err)
	f, err := s.load()
	require.NoError(tb, err)
	tb.Cleanup(func() { f.ctx.Close(); s.iso.Dispose() })
	return sameEachTime(func() (string, error) { return f.answer(text) })
}
