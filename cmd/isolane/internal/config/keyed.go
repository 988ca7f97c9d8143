package config

import (
	"time"

	"github.com/isolane/isolane/bridge/stream"
	"github.com/isolane/isolane/jsruntime/function"
)

// Keyed bounds what the node keeps at hand of each keyed function. What is over a bound is let
// go, the key that was idle longest first, and read again when it has a message.
type Keyed struct {
	// Keys is of how many idle keys the node keeps the states, and Bytes about how much those
	// may take together. With 0 it keeps none, or no more than one.
	Keys  int            `yaml:"keys"`
	Bytes function.Bytes `yaml:"bytes"`
	// Idle is how long a state is kept after the last message of its key.
	Idle time.Duration `yaml:"idle"`
	// Memory is the part of the memory that the process may use, from which on it lets half of
	// the idle states go every two seconds; 0 never does.
	Memory float64 `yaml:"memory"`
	// Alarms is of how many keys the node keeps in mind when their alarms are due.
	Alarms int `yaml:"alarms"`
}

const (
	maxKeyedKeys  = 10_000_000
	maxKeyedBytes = 64 << 30
	minAlarms     = 16
)

func defaultKeyed() Keyed {
	cfg := stream.DefaultConfig()
	return Keyed{Keys: cfg.Active, Bytes: function.Bytes(cfg.ActiveBytes), Idle: cfg.ActiveIdle, Memory: 0.9, Alarms: cfg.Alarms}
}

func (c *checker) keyed(k Keyed) {
	c.within("keyed.keys", k.Keys, 0, maxKeyedKeys)
	c.within("keyed.alarms", k.Alarms, minAlarms, maxKeyedKeys)
	if k.Bytes < 0 || k.Bytes > maxKeyedBytes {
		c.fault([]string{"keyed.bytes"}, "is %s, must be 0 to 64GiB", k.Bytes)
	}
	if k.Idle < time.Second || k.Idle > 24*time.Hour {
		c.fault([]string{"keyed.idle"}, "is %s, must be 1s to 24h", k.Idle)
	}
	if !(k.Memory >= 0 && k.Memory <= 1) {
		c.fault([]string{"keyed.memory"}, "is %v, must be 0 to 1: the part of the memory that the process may use; 0 lets nothing go for it", k.Memory)
	}
}
