package bundle_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/bundle"
)

func TestPins(t *testing.T) {
	for source, want := range map[string][]string{
		`export default (msg) => msg.text() + "nothing that is missing"`:              nil,
		`export default () => new Intl.NumberFormat("de").format(1)`:                  {"Intl"},
		`export default () => [typeof WebAssembly, Intl.Collator]`:                    {"Intl", "WebAssembly"},
		`const { Collator } = Intl; export default () => Collator`:                    {"Intl"},
		`export default (m) => { const Intl = m.json(); return Intl.x }`:              nil,
		`export default (m) => m.Intl + "Intl" + /WebAssembly/ + { Intl: 1 }.Intl`:    nil,
		`import { Intl } from "./lib"; export default () => Intl`:                     nil,
		`export default () => { { let WebAssembly = 1 } return WebAssembly.compile }`: {"WebAssembly"},
		"// Intl\nexport default () => 'isolane$pin$' + 1 + 'Intl'":                   nil,
	} {
		dir := write(t, map[string]string{"lib.ts": `export const Intl = 1`})
		b, err := bundle.Build(t.Context(), bundle.Options{Name: "f", Dir: dir, Source: &bundle.Source{Contents: source}})
		require.NoError(t, err, source)
		require.Equal(t, want, b.Pins(), source)
	}
}
