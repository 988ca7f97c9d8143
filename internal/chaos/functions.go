package chaos

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
)

// The functions that are called.
const (
	// echo is shared, and not idempotent.
	echo = "echo"
	// again is shared and idempotent.
	again = "again"
	// solo is dedicated: it has one isolate in the cluster.
	solo = "solo"
)

// source is what each of them does: it notes that it runs, waits a moment, and answers
// with the call's id, so that an answer can be told from another call's.
const source = `let isolate, n = 0
export default async (msg, ctx) => {
  const at = Date.now(), { id, ms } = msg.json(), { node, attempt } = ctx.invocation
  isolate ??= crypto.randomUUID()
  const count = ++n
  const note = { id, fn: %q, node, attempt, isolate, at, run: crypto.randomUUID() }
  await fetch(%q, { method: "POST", body: JSON.stringify(note) })
  await new Promise((done) => setTimeout(done, ms))
  return { id, node, isolate, n: count }
}
`

// writeFunctions makes the folder of functions, with the ledger at noteURL.
func writeFunctions(dir, noteURL string) error {
	u, err := url.Parse(noteURL)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	for name, manifest := range map[string]string{echo: "", again: "idempotent: true\n", solo: "dedicated: true\n"} {
		manifest += fmt.Sprintf("permissions: { net: [%q] }\n", u.Host)
		for file, text := range map[string]string{name + ".js": fmt.Sprintf(source, name, noteURL), name + ".yaml": manifest} {
			if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
				return err
			}
		}
	}
	return nil
}
