package config

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestClusterFaults(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Config)
		says   string
	}{
		"join without gossip":   {func(c *Config) { c.Cluster.Join = "a:1" }, "say with cluster.gossip"},
		"keys without gossip":   {func(c *Config) { c.Cluster.Keys = "AAAA" }, "say with cluster.gossip"},
		"gossip without a port": {func(c *Config) { c.Cluster.Gossip = "0.0.0.0" }, "write host:port, for instance 0.0.0.0:7946"},
		"remote without a port": {func(c *Config) { c.Cluster.Gossip, c.Cluster.Remote = "h:1", "h" }, "write host:port, for instance 0.0.0.0:7947"},
		"one port for both":     {func(c *Config) { c.Cluster.Gossip, c.Cluster.Remote = "h:1", "h:1" }, "need a port each"},
		"key that is none":      {func(c *Config) { c.Cluster.Gossip, c.Cluster.Keys = "h:1", "not base64" }, "key 1: is not base64"},
		"key too short":         {func(c *Config) { c.Cluster.Gossip, c.Cluster.Keys = "h:1", "AAAA" }, "key 1: a key has 16, 24 or 32 bytes"},
		"half of TLS":           {func(c *Config) { c.Cluster.Gossip, c.Cluster.TLS.CA = "h:1", "ca.pem" }, "go together"},
		"preset":                {func(c *Config) { c.Cluster.Gossip, c.Cluster.Preset = "h:1", "moon" }, `preset "moon" is none of lan, wan, local`},
		"advertise":             {func(c *Config) { c.Cluster.Gossip, c.Cluster.Advertise = "h:1", "h" }, "advertise: "},
		"remote advertise":      {func(c *Config) { c.Cluster.Gossip, c.Cluster.RemoteAdvertise = "h:1", "0.0.0.0:1" }, "others need a host they can reach"},
		"weight":                {func(c *Config) { c.Cluster.Weight = -1 }, "is -1, must be 0 to"},
		"accept timeout":        {func(c *Config) { c.Cluster.AcceptTimeout = time.Hour }, "must be 10ms to 1m"},
		"spill at":              {func(c *Config) { c.Cluster.SpillAt = -1 }, "is -1, must be 0 to"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := DefaultConfig()
			cfg.Node.Name, cfg.NATS.URL = "n1", "nats://127.0.0.1:4222"
			c.change(&cfg)
			require.ErrorContains(t, cfg.Validate(), c.says)
		})
	}
}

func TestClusterConfig(t *testing.T) {
	key := make([]byte, 32)
	key[0] = 7
	file := filepath.Join(t.TempDir(), "key")
	require.NoError(t, os.WriteFile(file, []byte(base64.StdEncoding.EncodeToString(key)+"\n"), 0o600))
	cfg := DefaultConfig()
	cfg.Node.Name, cfg.NATS.URL = "n1", "nats://127.0.0.1:4222"
	cfg.Cluster.Gossip, cfg.Cluster.Join = "127.0.0.1:7946", "a:1, b ,"
	cfg.Cluster.Keys = "file:" + file + "," + base64.StdEncoding.EncodeToString(key[:16])
	require.NoError(t, cfg.Validate())
	got, err := cfg.ClusterConfig()
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:7947", got.Remote.Listen)
	require.Equal(t, []string{"a:1", "b"}, got.Gossip.Seeds)
	require.Equal(t, [][]byte{key, key[:16]}, got.Gossip.Keys)
	require.Nil(t, got.Remote.TLS)

	cfg.Cluster.Gossip = "127.0.0.1:0"
	require.Equal(t, "127.0.0.1:0", cfg.Cluster.remote())
	cfg.Cluster.Keys = "file:/nowhere/key"
	require.NoError(t, cfg.Validate(), "files are opened by the node that needs them")
	_, err = cfg.ClusterConfig()
	require.ErrorContains(t, err, "cluster.keys 1: read the key")
}
