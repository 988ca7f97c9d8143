package config

import (
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"

	"github.com/isolane/isolane/jsruntime/function/yamlcheck"
)

// fillIn resolves the defaults that depend on something else.
func (l *loader) fillIn(hostname string) {
	c := &l.Config
	if c.Node.Name == "" {
		c.Node.Name = NodeName(hostname)
		l.Origins["node.name"] = Origin{Where: "this host's name"}
	}
	if c.NATS.URL == "" && c.NATS.Listen == "" {
		c.NATS.Listen = DefaultListen
	}
	// A default must not contradict what somebody did say, nor what the machine has.
	if all := 2 * c.RuntimeCount(); l.isDefault("runtimes.maxStuck") && c.Runtimes.MaxStuck < all && all <= maxRuntimes {
		c.Runtimes.MaxStuck = all
		l.Origins["runtimes.maxStuck"] = Origin{Where: "twice runtimes.count"}
	}
	if c.Limits.Wall > 0 && l.isDefault("limits.cpu") && c.Limits.CPU > c.Limits.Wall {
		c.Limits.CPU = c.Limits.Wall
		l.Origins["limits.cpu"] = Origin{Where: "as limits.wall"}
	}
	if c.Runtimes.MaxInflight > 0 && l.isDefault("limits.inflight") && c.Limits.Inflight > c.Runtimes.MaxInflight {
		c.Limits.Inflight = c.Runtimes.MaxInflight
		l.Origins["limits.inflight"] = Origin{Where: "as runtimes.maxInflight"}
	}
	if c.Limits.Inflight > 0 && l.isDefault("runtimes.maxInflight") && c.Runtimes.MaxInflight < c.Limits.Inflight {
		c.Runtimes.MaxInflight = c.Limits.Inflight
		l.Origins["runtimes.maxInflight"] = Origin{Where: "as limits.inflight"}
	}
	if c.Limits.CPU > 0 && l.isDefault("limits.wall") && c.Limits.Wall < c.Limits.CPU {
		c.Limits.Wall = c.Limits.CPU
		l.Origins["limits.wall"] = Origin{Where: "as limits.cpu"}
	}
}

func (l *loader) isDefault(key string) bool { return l.Origins[key].Source == FromDefault }

// NodeName is the name of a node on a host of this name: a subject token.
func NodeName(hostname string) string {
	name := strings.Map(func(r rune) rune {
		if isNameByte(r) {
			return r
		}
		return '-'
	}, hostname)
	name = strings.Trim(name[:min(len(name), maxNodeName)], "-")
	if name == "" {
		return "node"
	}
	return name
}

// place gives faults of Validate the place of the first of their keys that
// somebody set, and adds them. Where another of their keys was set too, the
// message says where.
func (l *loader) place(faults []Fault) {
	for _, f := range faults {
		var set []string
		for _, key := range f.Keys {
			if !l.isDefault(key) {
				set = append(set, key)
			}
		}
		if len(set) > 0 {
			f.Keys = append([]string{set[0]}, slices.DeleteFunc(slices.Clone(f.Keys), func(k string) bool { return k == set[0] })...)
			f.Place = l.Origins[set[0]].place()
			for _, key := range set[1:] {
				f.Message += fmt.Sprintf(" (%s: %s)", key, l.Origins[key])
			}
		}
		l.faults = append(l.faults, f)
	}
}

// warn notes what is allowed but probably not meant.
func (l *loader) warn() {
	c := l.Config
	if c.Embedded() {
		if host, _, err := net.SplitHostPort(c.NATS.Listen); err == nil && !isLoopback(host) {
			l.Warnings = append(l.Warnings, "nats.listen "+c.NATS.Listen+" is open to other machines, and the embedded server asks nobody who they are: use 127.0.0.1, or a NATS server of your own with users")
		}
	}
	if c.HTTP.Open() && c.HTTP.TLS.Cert == "" {
		l.Warnings = append(l.Warnings, "http.listen "+c.HTTP.Listen+" is open to other machines without TLS: the token and what functions print can be read on the way; give http.tls.cert and http.tls.key")
	}
	for _, key := range slices.Sorted(maps.Keys(l.Origins)) {
		if s, ok := findSetting(key); ok && s.secret && l.Origins[key].Source == FromFlag {
			l.Warnings = append(l.Warnings, fmt.Sprintf("--%s shows in the process list: use %s or the file", s.flag, envName(key)))
		}
	}
}

func (l *loader) warnUnknown(name string, known map[string]setting) {
	message := "environment variable " + name + " is not one of Isolane's and is ignored"
	if near := yamlcheck.Nearest(name, slices.Sorted(maps.Keys(known))); near != "" {
		message += ": did you mean " + near + "?"
	}
	l.Warnings = append(l.Warnings, message)
}

func findSetting(key string) (setting, bool) {
	for _, s := range settings() {
		if s.key == key {
			return s, true
		}
	}
	return setting{}, false
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
