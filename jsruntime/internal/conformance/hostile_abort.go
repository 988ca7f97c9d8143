package conformance

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

// AloneVariable names the case that a child of this test runs.
const AloneVariable = "ISOLANE_HOSTILE_ALONE"

// HostileAborts is a test. Each of these is run in a process of its own, since it may end it.
//
// V8 ends the process where one allocation does not fit into a heap that has run full,
// and where a built-in asks for more than any array can hold.
func HostileAborts(t *testing.T, e Engine) {
	t.Helper()
	for _, c := range []hostile{
		{name: "arrays over the doubled limit", body: `const k = []; for(;;) k.push(new Array(1 << 24).fill(0))`},
		{name: "an array of doubles", body: `const a = new Array(1 << 24).fill(1.5); return a.length`},
		{name: "strings that are flat", body: `const k = []; for(;;) { k.push("x".repeat(1 << 28)); k.at(-1).charCodeAt(5) }`},
		{name: "a power of integers", body: `return (2n ** (2n ** 29n)).toString().length`},
		{name: "json of many objects", body: `return JSON.parse("[" + '{"a":1},'.repeat(2e6) + "1]").length`},
		{name: "a replacement in a long string", body: `return "x".repeat(1 << 25).replace(/x/g, "y").length`},
		{name: "upper case of a long string", body: `return "ß".repeat(1 << 26).toUpperCase().length`},
		{name: "a sort of what has a length", body: `return Array.prototype.sort.call({ length: 2 ** 53 - 1 })`, want: function.Exception},
		{name: "a sorted copy of what has a length", body: `return Array.prototype.toSorted.call({ length: 2 ** 32 - 1 })`, want: function.Exception},
		{name: "a nesting without an end", body: `return JSON.parse("[".repeat(1.5e7)).length`, want: function.Exception},
		{name: "a nesting of objects", body: `return JSON.parse('{"a":'.repeat(2e6) + "1" + "}".repeat(2e6)).a`, want: function.Exception},
		// The string itself is over the heap's limit: it may be seen before the split asks for too much.
		{name: "a split at each character", body: `return "x".padEnd(1 << 28).split(" ").length`, want: function.Exception, or: function.ExceededMemory, condemned: true, between: true},
		{name: "a split of a long string", body: `return "x".repeat(1 << 28).split("").length`, want: function.Exception, or: function.ExceededMemory, condemned: true, between: true},
	} {
		if c.want == function.Exception {
			c.message, c.limits = "RangeError", slowly
		} else {
			c.want, c.message, c.condemned, c.limits = function.ExceededMemory, HeapMessage, true, slowly
		}
		known := c.known
		t.Run(c.name, func(t *testing.T) {
			if os.Getenv(AloneVariable) == t.Name() {
				c.known = ""
				c.run(t, e, function.Warm)
				return
			}
			out, err := Alone(t).CombinedOutput()
			if known == "" {
				require.NoErrorf(t, err, "%.2000s", out)
				return
			}
			require.Errorf(t, err, "it goes right now: take the mark off (%s)", known)
			require.Contains(t, string(out), "Fatal", "it ends in another way than is known: %.2000s", out)
		})
	}
}

// Alone is a process that runs the test t alone, and nothing else.
func Alone(t *testing.T) *exec.Cmd {
	t.Helper()
	var pattern []string
	for part := range strings.SplitSeq(t.Name(), "/") {
		pattern = append(pattern, "^"+regexp.QuoteMeta(part)+"$")
	}
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run", strings.Join(pattern, "/"), "-test.timeout", (5 * Patience).String())
	child.Env = append(os.Environ(), AloneVariable+"="+t.Name())
	return child
}
