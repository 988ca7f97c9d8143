package function_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

func TestChildIDs(t *testing.T) {
	require.Equal(t, "a.r1", function.ChildID("a", function.SentRequest, 1))
	long := strings.Repeat("a", function.MaxID-2)
	require.Len(t, function.ChildID(long, function.SentRequest, 1), 32)
	seen := map[string]bool{}
	id := "root"
	for range 40 {
		for n := 1; n <= 3; n++ {
			for _, kind := range []function.Sending{function.SentPublish, function.SentRequest, function.SentCall} {
				child := function.ChildID(id, kind, n)
				require.LessOrEqual(t, len(child), function.MaxID)
				require.False(t, seen[child], child)
				seen[child] = true
			}
		}
		id = function.ChildID(id, function.SentRequest, 2)
	}
}
