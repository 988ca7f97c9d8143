package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// masked stands for a secret.
const masked = "********"

// entry is one value, ready to be shown.
type entry struct {
	path   []string
	value  any
	origin Origin
}

// entries lists every value in the order of the file; secrets are masked unless
// reveal is set. The functions' variables count as secrets, since what is in them
// is not known.
func (l *Loaded) entries(reveal bool) []entry {
	var all []entry
	add := func(path []string, value any, secret bool) {
		if text, ok := value.(string); ok && secret && text != "" && !reveal {
			value = masked
		}
		all = append(all, entry{path: path, value: value, origin: l.Origins[strings.Join(path, ".")]})
	}
	for _, s := range settings() {
		value := shown(s.field(&l.Config))
		if s.key == "nats.url" && !reveal {
			value = redactURLs(l.Config.NATS.URL)
		}
		if s.key == "log.level" { // env stands before log
			for _, name := range slices.Sorted(maps.Keys(l.Config.Env)) {
				add([]string{"env", name}, l.Config.Env[name], true)
			}
		}
		add(strings.Split(s.key, "."), value, s.secret)
	}
	return all
}

// redactURLs takes the passwords and tokens out of a list of URLs.
func redactURLs(list string) string {
	parts := strings.Split(list, ",")
	for i, raw := range parts {
		rest := raw
		scheme, after, ok := strings.Cut(raw, "://")
		if ok {
			rest = after
		}
		at := strings.LastIndexByte(rest, '@') // a password may hold one too
		if at < 0 {
			continue
		}
		user, host := rest[:at], rest[at+1:]
		shownUser := masked // a user alone is a token
		if name, _, both := strings.Cut(user, ":"); both {
			shownUser = name + ":" + masked
		}
		parts[i] = shownUser + "@" + host
		if rest != raw {
			parts[i] = scheme + "://" + parts[i]
		}
	}
	return strings.Join(parts, ",")
}

// YAML returns the configuration as a file that Load would read, with the origin
// of each value in a comment. Secrets are masked unless reveal is set.
func (l *Loaded) YAML(reveal bool) ([]byte, error) {
	root := &yaml.Node{Kind: yaml.MappingNode}
	for _, e := range l.entries(reveal) {
		parent := root
		for _, step := range e.path[:len(e.path)-1] {
			parent = child(parent, step)
		}
		value := &yaml.Node{}
		if err := value.Encode(e.value); err != nil {
			return nil, fmt.Errorf("show %s: %w", strings.Join(e.path, "."), err)
		}
		value.LineComment = "# " + e.origin.String()
		parent.Content = append(parent.Content, scalar(e.path[len(e.path)-1]), value)
	}
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err := enc.Encode(root); err != nil {
		return nil, fmt.Errorf("show the configuration: %w", err)
	}
	return out.Bytes(), nil
}

// child returns the mapping under key, made where it does not exist.
func child(parent *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(parent.Content); i += 2 {
		if parent.Content[i].Value == key {
			return parent.Content[i+1]
		}
	}
	mapping := &yaml.Node{Kind: yaml.MappingNode}
	parent.Content = append(parent.Content, scalar(key), mapping)
	return mapping
}

// scalar is a key; a name that YAML would take for something else is quoted.
func scalar(key string) *yaml.Node {
	node := &yaml.Node{}
	node.SetString(key)
	return node
}

// JSON returns {"config": nested values, "origins": by key}, indented.
func (l *Loaded) JSON(reveal bool) ([]byte, error) {
	values, origins := map[string]any{}, map[string]string{}
	for _, e := range l.entries(reveal) {
		parent := values
		for _, step := range e.path[:len(e.path)-1] {
			next, ok := parent[step].(map[string]any)
			if !ok {
				next = map[string]any{}
				parent[step] = next
			}
			parent = next
		}
		parent[e.path[len(e.path)-1]] = e.value
		origins[strings.Join(e.path, ".")] = e.origin.String()
	}
	out, err := json.MarshalIndent(map[string]any{"config": values, "origins": origins}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("show the configuration: %w", err)
	}
	return out, nil
}

// RedactedURLs is NATS.URL without its secrets, for logs.
func (n NATS) RedactedURLs() string { return redactURLs(n.URL) }
