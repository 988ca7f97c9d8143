package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/isolane/isolane/experiments/workload"
	"github.com/isolane/isolane/jsruntime/bundle"
)

// The functions that are not of the workload.
var own = map[string]string{
	"echo":       "export default (msg) => msg.text();\n",
	"echo-async": "export default async (msg) => {\n  await null;\n  return msg.text();\n};\n",
}

// busy computes for 5 ms: the function of an overload, in Isolane alone.
const busy = "export default (msg) => {\n  const end = performance.now() + 5;\n  while (performance.now() < end);\n  return msg.text();\n};\n"

// errEcho says that an echo is none.
var errEcho = errors.New("the echo is not what was sent")

func checkEcho(reply []byte) error {
	if !bytes.Equal(reply, echoed) {
		return fmt.Errorf("%w: %.100q", errEcho, reply)
	}
	return nil
}

// modules are the sources of all functions, by name.
func modules() (map[string]string, error) {
	all := maps.Clone(own)
	for _, f := range workload.Functions() {
		text, err := fs.ReadFile(workload.Sources(), f.Module)
		if err != nil {
			return nil, err
		}
		all[f.Name] = string(text)
	}
	return all, nil
}

// write writes the functions as Node, Deno and workerd take them: modules, a module that
// has them all, and for vm contexts the scripts that Isolane runs.
func (a *arena) write(ctx context.Context) error {
	a.functions = filepath.Join(a.dir, "functions")
	all, err := modules()
	if err != nil {
		return err
	}
	if err := os.Mkdir(a.functions, 0o700); err != nil {
		return err
	}
	files := map[string]string{}
	var imports, entries strings.Builder
	for _, name := range slices.Sorted(maps.Keys(all)) {
		text := all[name]
		b, err := bundle.Build(ctx, bundle.Options{Name: name, Source: &bundle.Source{Contents: text}})
		if err != nil {
			return err
		}
		files[name+".mjs"], files[name+".script.js"] = text, b.Script
		local := strings.ReplaceAll(name, "-", "_")
		fmt.Fprintf(&imports, "import fn_%s from \"./%s.mjs\";\n", local, name)
		fmt.Fprintf(&entries, "  [%q, fn_%s],\n", name, local)
	}
	files["functions.mjs"] = imports.String() + "\nexport default new Map([\n" + entries.String() + "]);\n"
	if packages("workerd")(a.cfg) == "" {
		if err := a.forWorkerd(all, files); err != nil {
			return err
		}
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(a.functions, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// compatibility is the date whose behaviour workerd is asked for.
const compatibility = "2026-11-01"

// forWorkerd adds what workerd reads: it embeds files beside its configuration.
func (a *arena) forWorkerd(all, files map[string]string) error {
	sources := map[string]string{}
	for name, file := range map[string]string{"message": "message.mjs", "once": "workerd/once.mjs", "warm": "workerd/warm.mjs", "isolate": "workerd/isolate.mjs"} {
		text, err := os.ReadFile(filepath.Join(a.js, file)) //nolint:gosec // of a folder that the flags name
		if err != nil {
			return err
		}
		sources[name], files["workerd-"+name+".mjs"] = string(text), string(text)
	}
	var list strings.Builder
	for _, name := range slices.Sorted(maps.Keys(all)) {
		sources["function "+name] = all[name]
		fmt.Fprintf(&list, "    (name = %q, esModule = embed %q),\n", name+".mjs", name+".mjs")
	}
	text, err := json.Marshal(sources)
	if err != nil {
		return err
	}
	files["sources.mjs"] = "export default " + string(text) + ";\n"
	for _, mode := range []string{"warm", "isolate"} {
		files[mode+".capnp"] = fmt.Sprintf(capnp, mode, list.String(), compatibility, compatibility)
	}
	return nil
}

// capnp is workerd's configuration, without its main module, the functions and the date.
const capnp = `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "internet", network = (allow = ["public", "private", "local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);

const main :Workerd.Worker = (
  modules = [
    (name = "main.mjs", esModule = embed "workerd-%s.mjs"),
    (name = "message.mjs", esModule = embed "workerd-message.mjs"),
    (name = "functions.mjs", esModule = embed "functions.mjs"),
    (name = "sources.mjs", esModule = embed "sources.mjs"),
%s  ],
  compatibilityDate = %q,
  bindings = [(name = "LOADER", workerLoader = ()), (name = "DATE", text = %q)],
);
`

// folder writes the functions as Isolane takes them, under one kind of isolation.
func (a *arena) folder(isolation string) (string, error) {
	dir := filepath.Join(a.dir, isolation)
	// On a busy machine a call may take long; no limit is to decide what is measured.
	more := "isolation: " + isolation + "\nlimits: { cpu: 10s }\n"
	if err := workload.Write(dir, more); err != nil {
		return "", err
	}
	texts := map[string]string{"busy.js": busy, "busy.yaml": more}
	for name, text := range own {
		texts[name+".js"], texts[name+".yaml"] = text, more
	}
	for name, text := range texts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return "", err
		}
	}
	return dir, nil
}
