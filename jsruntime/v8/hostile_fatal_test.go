package v8

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/internal/conformance"
)

// Where V8 would end the process, since one built-in wants more than can be had, the
// thread stops for good instead, and whoever owns the runtime is told at once.
func TestFatalStopsTheThreadAlone(t *testing.T) {
	if !heapLimitForEach {
		t.Skip("the original binding's V8 is not reached into")
	}
	for name, body := range map[string]string{
		"an array that is filled":      `return Array(2 ** 27).fill(0).length`,
		"an array of a length":         `return Array.from({ length: 2 ** 27 }).length`,
		"the matches of a long string": `return "x".repeat(2 ** 28).match(/x/g).length`,
	} {
		t.Run(name, func(t *testing.T) {
			if os.Getenv(conformance.AloneVariable) != t.Name() {
				out, err := conformance.Alone(t).CombinedOutput()
				require.NoErrorf(t, err, "%.2000s", out)
				return
			}
			// The thread is in V8 until the end of the process.
			told := make(chan *jsruntime.CondemnedError, 1)
			lost := newLoop(t, func(c *jsruntime.Config) {
				c.Limits.Heap, c.Limits.Buffers = hostileHeap, hostileBuffers
				c.Stuck = func(e *jsruntime.CondemnedError) { told <- e }
			})
			fn := module(t, "hostile", "export default () => {"+body+"}", func(m *function.Manifest) {
				m.Limits.CPU, m.Limits.Wall, m.Limits.Heap, m.Limits.Buffers = patience, patience, hostileHeap, hostileBuffers
			})
			go func() { _ = lost.Invoke("bad", fn, []byte("bad")) }()
			select {
			case e := <-told:
				require.Equal(t, function.ExceededMemory, e.Outcome)
				require.Contains(t, e.Cause.Error(), conformance.HeapMessage)
				require.Contains(t, e.Cause.Error(), "wanted more than there can be")
				require.Equal(t, fn.Version, e.Version)
			case <-time.After(3 * patience):
				t.Fatal("nobody was told")
			}
			for range 20 { // V8's own threads work on
				l := newHostileLoop(t)
				l.ServesHello(t)
				require.NoError(t, l.Runtime.Close())
			}
			os.Exit(0)
		})
	}
}
