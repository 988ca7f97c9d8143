package bridge

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

func TestIdentity(t *testing.T) {
	require.Equal(t, "order", Identity("order", ""))
	require.Equal(t, "order/7", Identity("order", "7"))
	require.Equal(t, "order/a%2Fb%2Cc", Identity("order", "a/b,c"))
	seen := map[string]string{}
	for _, key := range []string{"=x", "%3Dx", strings.Repeat("x", 48), strings.Repeat("x", 49), strings.Repeat("x", 50), strings.Repeat("ä", 100), "ä", "a,b", "a/b", "a%2Cb"} {
		who := Identity("order", key)
		require.Less(t, len(who), 64)
		require.NotContains(t, who, ",")
		require.Equal(t, 1, strings.Count(who, "/"), who)
		require.Empty(t, seen[who], key)
		seen[who] = key
	}
}

// A chain as long as any that counts, of the longest names, loses none.
func TestCallersAreKept(t *testing.T) {
	h := function.Header{}
	first := Identity(strings.Repeat("f", function.MaxNameLength), strings.Repeat("k", 300))
	h[HeaderCallers] = []string{Callers(h, first)}
	for n := range function.MaxDepth - 1 {
		h[HeaderCallers] = []string{Callers(h, Identity(strings.Repeat("f", function.MaxNameLength), strings.Repeat("k", 60)+strings.Repeat("x", n)))}
	}
	require.True(t, WaitedFor(h.Get(HeaderCallers), first))
	require.False(t, WaitedFor(h.Get(HeaderCallers), first[1:]))
	require.False(t, WaitedFor("", "a"))
	inv := &function.Invocation{Function: "b", Header: function.Header{HeaderHops: {"3"}, HeaderCallers: {"a,b/7,c"}}}
	ReadCallers(inv)
	require.True(t, inv.Recursive)
	require.Equal(t, 3, inv.Depth)
}
