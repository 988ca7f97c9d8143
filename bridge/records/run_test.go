package records

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/isolane/isolane/jsruntime/function"
)

// Places are read as they were written.
func TestPlacesThereAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfNDistinct(rapid.OneOf(rapid.Uint64Range(1, 50), rapid.Uint64Min(1)), 1, 100, rapid.ID[uint64]).Draw(t, "places")
		slices.Sort(all)
		var back Places
		require.NoError(t, back.UnmarshalText([]byte(Places(all).String())))
		require.Equal(t, Places(all), back)
		for _, n := range all {
			require.True(t, back.Has(n))
			require.Equal(t, slices.Contains(all, n+1), back.Has(n+1))
		}
	})
	require.Equal(t, "1-3,5,7-8", Places{1, 2, 3, 5, 7, 8}.String())
	require.Equal(t, "18446744073709551614-18446744073709551615", Places{1<<64 - 2, 1<<64 - 1}.String())
}

func TestPlacesThatAreNone(t *testing.T) {
	for _, text := range []string{"", "x", "0", "3-1", "1,1", "2,1", "1-2,2", "1-", "-1", "1--2", "1-1001", "1-1000,1002", "1-18446744073709551615", "1,,2", "18446744073709551616"} {
		var p Places
		require.ErrorIs(t, p.UnmarshalText([]byte(text)), errPlaces, text)
	}
	var p Places
	require.NoError(t, p.UnmarshalText([]byte("1-1000")))
	require.Equal(t, function.MaxBatch, p.Len())
}

// Whatever stands in the header of an entry is refused, or is a run that is written again as it was,
// and has a key in the bucket.
func FuzzReadRun(f *testing.F) {
	for _, r := range []Run{
		order(7, "pay"), orders("b1", 1, 2, 9),
		{Kind: Alarm, Function: "bell", Invocation: "a1", Key: "7", Outcome: function.OK},
		{Kind: Call, Function: "bell", Invocation: "c1", Key: "7", Method: "add", Outcome: function.OK},
	} {
		header, err := r.header()
		require.NoError(f, err)
		got, ok := readRun(header)
		require.True(f, ok)
		require.Equal(f, r, got)
		f.Add(header[headerRun][0])
	}
	for _, text := range []string{
		"", "{}", `{"kind":"x"}`, `{"kind":"message","function":"pay","invocation":"i","stream":"S","outcome":"ok"}`,
		`{"kind":"message","function":"pay","invocation":"i","stream":"S","places":"1-2","outcome":"ok"}`,
		`{"kind":"alarm","function":"pay","invocation":"i","outcome":"ok"}`, `{"kind":"alarm","function":"a.b","invocation":"i","key":"7","outcome":"ok"}`,
		`{"kind":"call","function":"pay","invocation":"i","key":"7","outcome":"ok"}`, `{"kind":"alarm","function":"pay","invocation":"i","key":"7","outcome":"fine"}`,
		`{"kind":"alarm","function":"pay","invocation":"i","key":"7","outcome":"ok","stream":"S","places":"1"}`,
	} {
		_, ok := readRun(map[string][]string{headerRun: {text}})
		require.False(f, ok, text)
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, ok := readRun(map[string][]string{headerRun: {text}})
		if !ok {
			return
		}
		header, err := r.header()
		require.NoError(t, err)
		again, ok := readRun(header)
		require.True(t, ok)
		require.Equal(t, r, again)
		require.NotEmpty(t, r.What())
		require.False(t, strings.ContainsAny(r.key(), " *>\t\r\n"), r.key())
	})
}
