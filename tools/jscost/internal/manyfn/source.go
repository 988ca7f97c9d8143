package manyfn

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/tools/internal/owner"
)

// Sizes of the sources, in bytes. Every third function imports the helper too.
const (
	smallest   = 2 << 10
	largest    = 20 << 10
	helperSize = 6 << 10
)

// itemSize is about what an item of a context's state takes on V8's heap, in bytes: an
// object with three fields, a number that is not whole, and an element of an array.
const itemSize = 72

// build makes the functions of a scenario: different sources each, of which a call
// runs a part. folder holds the modules while they are bundled.
func build(ctx context.Context, s Scenario, folder string, random *rand.Rand) ([]*bundle.Function, error) {
	if err := write(folder, "helper", routines("helper", helperSize, random)); err != nil {
		return nil, err
	}
	// What is measured is memory: a busy machine must not cost a runtime.
	manifest := function.Manifest{Limits: function.Limits{CPU: time.Minute, Wall: time.Hour}}
	functions := make([]*bundle.Function, s.Functions)
	for n := range functions {
		name := fmt.Sprintf("f%d", n)
		if err := write(folder, name, source(s, n, random)); err != nil {
			return nil, err
		}
		entry := filepath.Join(folder, name+".ts")
		var err error
		functions[n], err = owner.Build(ctx, bundle.Options{Name: name, Entry: entry, Dir: folder}, manifest)
		if err != nil {
			return nil, err
		}
	}
	return functions, nil
}

func write(folder, name, text string) error {
	return os.WriteFile(filepath.Join(folder, name+".ts"), []byte(text), 0o600)
}

// source is the module of the function number n.
func source(s Scenario, n int, random *rand.Rand) string {
	var b strings.Builder
	if n%3 == 0 {
		b.WriteString("import { helper0, helper1, helpers } from \"./helper.ts\";\nexport const kept = [helpers, helper1];\n")
	} else {
		b.WriteString("const helper0 = (x) => x;\n")
	}
	fmt.Fprintf(&b, "const state = Array.from({ length: %d }, (_, i) => ({ id: i, price: i + 0.5, label: \"item\" }));\n", s.State/itemSize)
	name := fmt.Sprintf("routine%d_", n)
	b.WriteString(routines(name, smallest+random.IntN(largest-smallest)-b.Len(), random))
	fmt.Fprintf(&b, "export default async (m) => { const o = m.json(); o.n = %s0(helper0(o.n)) + state.length; o.all = %ss.length; return o; };\n", name, name)
	return b.String()
}

// routines writes functions of some lines each until they have so many bytes, and a
// list of all, so that no bundler leaves one out.
func routines(name string, size int, random *rand.Rand) string {
	var b strings.Builder
	count := 0
	for ; count == 0 || b.Len() < size; count++ {
		fmt.Fprintf(&b, `export function %s%d(x) {
  const label = "%s %d: %x";
  const items = [];
  for (let i = 0; i < %d; i++) items.push({ id: i, label, price: x * %d + i });
  return items.filter((item) => item.price %% %d !== 0).reduce((sum, item) => sum + item.price, 0);
}
`, name, count, name, count, random.Uint64(), 1+random.IntN(9), random.IntN(1000), 2+random.IntN(9))
	}
	names := make([]string, count)
	for n := range names {
		names[n] = fmt.Sprintf("%s%d", name, n)
	}
	fmt.Fprintf(&b, "export const %ss = [%s];\n", name, strings.Join(names, ", "))
	return b.String()
}
