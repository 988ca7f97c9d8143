package function_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

func TestValidateName(t *testing.T) {
	for _, good := range []string{"a", "0", "hello-world", "a--b", "a-", strings.Repeat("a", function.MaxNameLength)} {
		require.NoError(t, function.ValidateName(good), good)
	}
	for _, bad := range []string{"", "-a", "A", "a.b", "a b", "a_b", "ä", "a\n", "a/b", ">", "*", strings.Repeat("a", function.MaxNameLength+1)} {
		require.ErrorIs(t, function.ValidateName(bad), function.ErrInvalidName, bad)
	}
}

func TestLimitsMerge(t *testing.T) {
	require.Equal(t, function.DefaultLimits(), function.Limits{}.Merge(function.DefaultLimits()))
	own := function.Limits{Wall: 1, CPU: 2, Heap: 3, Buffers: 4, Inflight: 5, Subrequests: 6, Timers: 7, Console: 8}
	require.Equal(t, own, own.Merge(function.DefaultLimits()))
	require.Equal(t, time.Second, function.Limits{Wall: time.Minute}.Merge(function.DefaultLimits()).CPU)
}

func TestOutcomesAreAClosedSet(t *testing.T) {
	codes := map[int]bool{}
	for _, o := range function.Outcomes() {
		require.True(t, o.Valid())
		require.False(t, codes[o.Code()], "code %d twice", o.Code())
		codes[o.Code()] = true
		text, err := o.MarshalText()
		require.NoError(t, err)
		var back function.Outcome
		require.NoError(t, back.UnmarshalText(text))
		require.Equal(t, o, back)
	}
	require.Len(t, codes, 11)
	for _, o := range []function.Outcome{0, 12, 255} {
		require.False(t, o.Valid())
		require.Zero(t, o.Code())
		_, err := o.MarshalText()
		require.Error(t, err)
	}
	_, err := function.ParseOutcome("fine")
	require.Error(t, err)
}

func TestErrorsReadWell(t *testing.T) {
	require.EqualError(t, &function.ScriptError{Name: "TypeError", Message: "x", Location: "a.ts:1:2"}, "TypeError: x (a.ts:1:2)")
	require.EqualError(t, &function.ScriptError{Message: "x"}, "x")
	require.EqualError(t, &function.LimitError{Kind: function.LimitCPU, Limit: "1s"}, "cpu limit of 1s reached")
	require.EqualError(t, &function.LimitError{Kind: function.LimitHeap, Limit: "1 MiB", Used: "2 MiB"}, "heap limit of 1 MiB reached (used 2 MiB)")
	require.Equal(t, "v", function.Header{"K": {"v", "w"}}.Get("K"))
	require.Empty(t, function.Header{"K": {"v"}}.Get("k"))
	require.Equal(t, -1, function.Failure(function.Timeout, "late").Receipt.Runtime)
}
