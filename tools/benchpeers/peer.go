package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
)

// peer is one way to serve functions.
type peer struct {
	key, name string
	// isolates says what is between two calls.
	isolates string
	// each says that it isolates each call; it takes fewer loads.
	each bool
	// missing says why it cannot be measured; "" where it can.
	missing func(c config) string
	// argv starts it, so that it answers on prefix.NAME.
	argv func(a *arena, prefix string) ([]string, error)
	// apart says that its ready line names the process that serves, behind a forwarder
	// that counts for nothing.
	apart bool
}

// everyPeer are the peers in the order of the tables. The first is what others are
// compared with in them.
func everyPeer() []peer {
	return []peer{
		{key: "go", name: "Go", isolates: "nothing", argv: goResponder},
		{key: "node", name: "Node", isolates: "nothing", missing: node(""), argv: inNode("inprocess")},
		{key: "node-pool", name: "Node, piscina", isolates: "nothing, in two threads", missing: node("piscina"), argv: inNode("piscina")},
		{key: "deno", name: "Deno", isolates: "nothing", missing: packages("deno"), argv: inDeno("inprocess")},
		{key: "deno-pool", name: "Deno, pool of two Web Workers", isolates: "nothing, in two workers", missing: packages("deno"), argv: inDeno("webpool")},
		{key: "workerd", name: "workerd", isolates: "nothing", missing: packages("workerd"), argv: inWorkerd("warm"), apart: true},
		{key: "isolane", name: "Isolane, warm", isolates: "functions", argv: inIsolane("warm")},
		{key: "isolane-before", name: "Isolane before, warm", isolates: "functions", missing: withBefore, argv: beforeIsolane},
		{key: "node-vm", name: "Node, `vm` context for each call", isolates: "globals", each: true, missing: node(""), argv: inNode("vm")},
		{key: "isolane-context", name: "Isolane, context for each call", isolates: "calls, by contexts", each: true, argv: inIsolane("context")},
		{key: "node-thread", name: "Node, worker thread for each call", isolates: "calls, by isolates", each: true, missing: node(""), argv: inNode("thread")},
		{key: "deno-worker", name: "Deno, Web Worker for each call", isolates: "calls, by isolates", each: true, missing: packages("deno"), argv: inDeno("webworker")},
		{key: "workerd-isolate", name: "workerd, isolate for each call", isolates: "calls, by isolates", each: true, missing: packages("workerd"), argv: inWorkerd("isolate"), apart: true},
		{key: "isolane-isolate", name: "Isolane, isolate for each call", isolates: "calls, by isolates", each: true, argv: inIsolane("isolate")},
	}
}

func keys(peers []peer) (all []string) {
	for _, p := range peers {
		all = append(all, p.key)
	}
	return all
}

// chosenPeers are the peers that the configuration names.
func chosenPeers(c config) []peer {
	return slices.DeleteFunc(everyPeer(), func(p peer) bool {
		if len(c.peers) == 0 {
			return p.key == "isolane-before" && c.before == ""
		}
		return !slices.Contains(c.peers, p.key)
	})
}

// why says why a peer cannot be measured; "" where it can.
func (p peer) why(c config) string {
	if p.missing == nil {
		return ""
	}
	return p.missing(c)
}

// packages says that npm packages, and what all JavaScript needs, are not installed.
func packages(names ...string) func(c config) string {
	return func(c config) string {
		for _, name := range append([]string{"@nats-io/transport-node"}, names...) {
			if _, err := os.Stat(filepath.Join(c.js, "node_modules", name, "package.json")); err != nil {
				return "not installed: npm has not installed " + name + " into " + c.js
			}
		}
		return ""
	}
}

// node says that Node or an npm package is not installed.
func node(name string) func(c config) string {
	return func(c config) string {
		if _, err := exec.LookPath("node"); err != nil {
			return "not installed: there is no node on the PATH"
		}
		if name == "" {
			return packages()(c)
		}
		return packages(name)(c)
	}
}

// withBefore says that there is nothing to compare with.
func withBefore(c config) string {
	if c.before == "" {
		return "not given: -before names the binary"
	}
	return ""
}

// beforeIsolane is inIsolane("warm") with the other binary.
func beforeIsolane(a *arena, prefix string) ([]string, error) {
	argv, err := inIsolane("warm")(a, prefix)
	if err != nil {
		return nil, err
	}
	argv[0], err = filepath.Abs(a.cfg.before)
	return argv, err
}

func goResponder(a *arena, prefix string) ([]string, error) {
	return []string{a.self, "-role", "go", "-nats", a.nats(), "-prefix", prefix}, nil
}

func (a *arena) script(prefix, mode string) []string {
	return []string{filepath.Join(a.js, "serve.mjs"), a.nats(), prefix, a.functions, mode}
}

func inNode(mode string) func(a *arena, prefix string) ([]string, error) {
	return func(a *arena, prefix string) ([]string, error) {
		return append([]string{"node"}, a.script(prefix, mode)...), nil
	}
}

// inDeno runs the binary itself, and not the script of npm's that starts it.
func inDeno(mode string) func(a *arena, prefix string) ([]string, error) {
	return func(a *arena, prefix string) ([]string, error) {
		binary, err := a.binary("@deno", "*", "deno")
		if err != nil {
			return nil, err
		}
		return append([]string{binary, "run", "--allow-all", "--no-lock", "--node-modules-dir=manual"}, a.script(prefix, mode)...), nil
	}
}

// binary is the one file below node_modules that a pattern matches: what npm installed
// for this machine.
func (a *arena) binary(pattern ...string) (string, error) {
	path := filepath.Join(append([]string{a.js, "node_modules"}, pattern...)...)
	found, err := filepath.Glob(path)
	if err != nil {
		return "", err
	}
	if len(found) != 1 {
		return "", fmt.Errorf("%d files are %s, not one: npm has no binary for this machine, or several", len(found), path)
	}
	return found[0], nil
}

func inWorkerd(mode string) func(a *arena, prefix string) ([]string, error) {
	return func(a *arena, prefix string) ([]string, error) {
		binary, err := a.binary("@cloudflare", "workerd-*", "bin", "workerd")
		if err != nil {
			return nil, err
		}
		config := filepath.Join(a.functions, mode+".capnp")
		return []string{a.self, "-role", "workerd", "-nats", a.nats(), "-prefix", prefix, "-program", binary, "-config", config}, nil
	}
}

func inIsolane(isolation string) func(a *arena, prefix string) ([]string, error) {
	return func(a *arena, prefix string) ([]string, error) {
		folder, err := a.folder(isolation)
		if err != nil {
			return nil, err
		}
		config := filepath.Join(a.dir, prefix+".yaml")
		// No peer refuses calls that wait for long, so this one is not to either.
		text := "nats: { prefix: " + prefix + ", queueGroup: peers }\nruntimes: { shedTarget: 0s }\n"
		if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
			return nil, err
		}
		return []string{
			a.isolane, "run", "--functions", folder, "--config", config, "--nats", a.nats(), "--name", prefix,
			"--log-level", "warn", "--runtimes", strconv.Itoa(a.cfg.runtimes),
		}, nil
	}
}
