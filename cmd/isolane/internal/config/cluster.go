package config

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/isolane/isolane/cluster"
	"github.com/isolane/isolane/cluster/gossip"
)

// Cluster says how a node finds others and is reached by them.
type Cluster struct {
	// Gossip is host:port of the gossip, TCP and UDP; "" is a node alone. Port 0 picks
	// one.
	Gossip string `yaml:"gossip"`
	// Join are members to join by, divided by commas: host:port, or a name.
	Join string `yaml:"join"`
	// Remote is host:port for calls between members; "" is Gossip's host, and its port
	// plus one.
	Remote string `yaml:"remote"`
	// Advertise and RemoteAdvertise are what others are told; "" is derived.
	Advertise       string `yaml:"advertise"`
	RemoteAdvertise string `yaml:"remoteAdvertise"`
	// Name is the cluster's: packets of others are dropped.
	Name string `yaml:"name"`
	// Keys encrypt the gossip: base64 of 16, 24 or 32 bytes, or file:PATH, divided by
	// commas; the first encrypts.
	Keys string `yaml:"keys"`
	// Weight is the node's part of the runtimes; 0 is its number of CPUs.
	Weight int `yaml:"weight"`
	// AcceptTimeout is how long a peer may take to say that a call has arrived.
	AcceptTimeout time.Duration `yaml:"acceptTimeout"`
	// SpillAt is how many invocations wait here before one is handed to a peer with room;
	// 0 is when the queue is full.
	SpillAt int `yaml:"spillAt"`
	// TLS secures calls between members; all three files, or none.
	TLS TLS `yaml:"tls"`
	// Preset of the gossip's timings: lan, wan or local; Timings overrides some.
	Preset  string  `yaml:"preset"`
	Timings Timings `yaml:"timings"`
}

// Timings overrides those of the preset; 0 leaves the preset's.
type Timings struct {
	ProbeInterval  time.Duration `yaml:"probeInterval"`
	ProbeTimeout   time.Duration `yaml:"probeTimeout"`
	SuspicionMult  int           `yaml:"suspicionMult"`
	GossipInterval time.Duration `yaml:"gossipInterval"`
}

// Clustered reports whether the node is to be a member of a cluster.
func (c Config) Clustered() bool { return c.Cluster.Gossip != "" }

// ClusterConfig is what cluster.Start needs. It reads the files that cluster.keys names.
func (c Config) ClusterConfig() (cluster.Config, error) {
	out := cluster.DefaultConfig(c.Node.Name)
	out.AcceptTimeout = c.Cluster.AcceptTimeout
	out.Gossip = c.Cluster.gossip(c.Node.Name)
	out.Remote.Listen, out.Remote.Advertise = c.Cluster.remote(), c.Cluster.RemoteAdvertise
	if t := c.Cluster.TLS; t.CA != "" {
		out.Remote.TLS = &cluster.TLSConfig{CA: t.CA, Cert: t.Cert, Key: t.Key}
	}
	for i, text := range list(c.Cluster.Keys) {
		key, err := readKey(text)
		if err != nil {
			return out, fmt.Errorf("cluster.keys %d: %w", i+1, err)
		}
		out.Gossip.Keys = append(out.Gossip.Keys, key)
	}
	return out, nil
}

func (c Cluster) gossip(name string) gossip.Config {
	g := gossip.DefaultConfig()
	g.Name, g.Listen, g.Advertise = name, c.Gossip, c.Advertise
	g.Seeds, g.Label = list(c.Join), c.Name
	g.Preset = gossip.Preset(c.Preset)
	g.Timings = gossip.Timings{
		ProbeInterval: c.Timings.ProbeInterval, ProbeTimeout: c.Timings.ProbeTimeout,
		SuspicionMult: c.Timings.SuspicionMult, GossipInterval: c.Timings.GossipInterval,
	}
	return g
}

// remote resolves Remote; Gossip is host:port.
func (c Cluster) remote() string {
	if c.Remote != "" {
		return c.Remote
	}
	host, text, err := net.SplitHostPort(c.Gossip)
	port, atoi := strconv.Atoi(text)
	if err != nil || atoi != nil || port == 0 {
		return net.JoinHostPort(host, "0")
	}
	return net.JoinHostPort(host, strconv.Itoa(port+1))
}

// list takes a list with commas apart; empty parts are left out.
func list(text string) []string {
	var parts []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

// keyFile stands before the name of a file that holds a key.
const keyFile = "file:"

// readKey returns a key as the ring takes it. Its errors do not show the key.
func readKey(text string) ([]byte, error) {
	if path, ok := strings.CutPrefix(text, keyFile); ok {
		content, err := os.ReadFile(path) //nolint:gosec // the file that the configuration names
		if err != nil {
			return nil, fmt.Errorf("read the key: %w", err)
		}
		text = strings.TrimSpace(string(content))
	}
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, errors.New("is not base64: make one with isolane keys generate")
	}
	if err := gossip.CheckKey(key); err != nil {
		return nil, err
	}
	return key, nil
}

func (c *checker) cluster(cfg Config) {
	k := cfg.Cluster
	c.within("cluster.weight", k.Weight, 0, 1<<16)
	c.within("cluster.spillAt", k.SpillAt, 0, 1<<20)
	if k.AcceptTimeout < 10*time.Millisecond || k.AcceptTimeout > time.Minute {
		c.fault([]string{"cluster.acceptTimeout"}, "is %s, must be 10ms to 1m", k.AcceptTimeout)
	}
	if (k.TLS.CA == "") != (k.TLS.Cert == "") || (k.TLS.CA == "") != (k.TLS.Key == "") {
		c.fault([]string{"cluster.tls.ca", "cluster.tls.cert", "cluster.tls.key"}, "cluster.tls.ca, cert and key go together: members show one another a certificate; give all three or none")
	}
	for i, text := range list(k.Keys) {
		if strings.HasPrefix(text, keyFile) {
			continue // opened when the node starts
		}
		if _, err := readKey(text); err != nil {
			c.fault([]string{"cluster.keys"}, "key %d: %s", i+1, err)
		}
	}
	if k.Gossip == "" {
		for _, s := range []struct{ key, value string }{
			{"cluster.join", k.Join},
			{"cluster.remote", k.Remote},
			{"cluster.advertise", k.Advertise},
			{"cluster.remoteAdvertise", k.RemoteAdvertise},
			{"cluster.keys", strings.Join(list(k.Keys), ",")},
			{"cluster.tls.ca", k.TLS.CA},
		} {
			if s.value != "" {
				c.fault([]string{s.key, "cluster.gossip"}, "is for a member of a cluster: say with cluster.gossip (--gossip HOST:PORT) where it listens, or leave %s out", s.key)
			}
		}
		return
	}
	if err := checkListen(k.Gossip); err != nil {
		c.fault([]string{"cluster.gossip"}, "%s", strings.Replace(err.Error(), DefaultListen, "0.0.0.0:7946", 1))
		return
	}
	if k.Remote != "" {
		if err := checkListen(k.Remote); err != nil {
			c.fault([]string{"cluster.remote"}, "%s", strings.Replace(err.Error(), DefaultListen, "0.0.0.0:7947", 1))
			return
		}
	}
	if _, port, _ := net.SplitHostPort(k.remote()); port != "0" && k.remote() == k.Gossip {
		c.fault([]string{"cluster.remote", "cluster.gossip"}, "cluster.remote and cluster.gossip need a port each")
	}
	whole := cluster.DefaultConfig(cfg.Node.Name)
	whole.Gossip, whole.Remote.Listen, whole.Remote.Advertise = k.gossip(cfg.Node.Name), k.remote(), k.RemoteAdvertise
	if cfg.Node.Name == "" { // reported by itself, and filled in by Load
		whole.Gossip.Name = "node"
	}
	if err := whole.Gossip.Validate(); err != nil {
		c.fault([]string{"cluster.gossip"}, "%s", err)
	}
	if err := whole.Remote.Validate(); err != nil {
		c.fault([]string{"cluster.remote"}, "%s", err)
	}
}
