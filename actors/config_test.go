package actors

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

func TestConfigOfACluster(t *testing.T) {
	overflow := func(*function.Invocation, func(*function.Result)) bool { return false }
	for _, c := range []struct {
		name string
		edit func(*Config)
		want string
	}{
		{"the default", func(*Config) {}, ""},
		{"no runtimes", func(c *Config) { c.Runtimes = 0 }, "runtimes is 0: at least 1 is needed where there is no other node"},
		{"no runtimes in a cluster", func(c *Config) { c.Runtimes, c.Overflow = 0, overflow }, ""},
		{"less than none", func(c *Config) { c.Runtimes, c.Overflow = -1, overflow }, "runtimes is -1"},
		{"spills below zero", func(c *Config) { c.SpillAt = -1 }, "spill at is -1"},
		{"spills past the queue", func(c *Config) { c.SpillAt = c.Queue + 1 }, ""},
		{"dedication", func(c *Config) { c.Dedicated = 2 }, "dedicated is 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := (&lab{}).config(1)
			c.edit(&cfg)
			err := cfg.Validate()
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, ErrConfig)
			require.ErrorContains(t, err, c.want)
		})
	}
}
