//go:build !rogchap

package v8

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/webapi"
)

// TestCallOfAnotherRealmIsNotAnswered enters a realm while the isolate takes another one
// for the one that runs: neither is asked.
func TestCallOfAnotherRealmIsNotAnswered(t *testing.T) {
	made, err := NewEngine(Config{WebAPI: webapi.Script()}).NewIsolate(jsruntime.IsolateConfig{Heap: 64 * function.MiB})
	require.NoError(t, err)
	defer made.Dispose()
	asked := map[string]int{}
	open := func(name string) *realm {
		opened, err := made.NewRealm(jsruntime.RealmConfig{
			Config: `{"env":{},"buffers":1}`,
			Call: func(string, string, []byte) (string, []byte, error) {
				asked[name]++
				return name, nil, nil
			},
		})
		require.NoError(t, err)
		require.NoError(t, opened.Load(jsruntime.Script{
			Source: `({ default: (m) => String(m.text()) })`, Origin: "f.js", Digest: "f",
		}))
		return opened.(*realm)
	}
	one, other := open("one"), open("other")
	start := jsruntime.Start{ID: 1, Kind: jsruntime.PayloadOnDemand, Head: "fn.f\n"}
	reply := func() string {
		record, ok, err := one.Next()
		require.NoError(t, err)
		require.True(t, ok)
		return record.Text
	}
	require.NoError(t, one.Begin(start))
	require.Equal(t, "one", reply())
	require.Equal(t, map[string]int{"one": 1}, asked)

	one.border.setWord(jsruntime.WordInv, start.ID)
	one.border.setWord(jsruntime.WordKind, int32(start.Kind))
	one.prepare(jsruntime.EntryStart)
	made.(*isolate).charge(other)
	require.NoError(t, one.ran(one.port.enterTexts("", true, start.Head)))
	require.Equal(t, "undefined", reply())
	require.Equal(t, map[string]int{"one": 1}, asked, "neither realm was asked")
}
