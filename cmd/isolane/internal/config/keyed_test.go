package config

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

func TestKeyed(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Keyed)
		key    string // of the fault; "" for none
	}{
		"default":        {func(*Keyed) {}, ""},
		"none is kept":   {func(k *Keyed) { k.Keys, k.Bytes, k.Memory = 0, 0, 0 }, ""},
		"all that is":    {func(k *Keyed) { k.Keys, k.Bytes, k.Idle, k.Memory = 10_000_000, 64*function.GiB, 24*time.Hour, 1 }, ""},
		"keys":           {func(k *Keyed) { k.Keys = -1 }, "keyed.keys"},
		"bytes":          {func(k *Keyed) { k.Bytes = -1 }, "keyed.bytes"},
		"idle":           {func(k *Keyed) { k.Idle = time.Millisecond }, "keyed.idle"},
		"memory":         {func(k *Keyed) { k.Memory = 90 }, "keyed.memory"},
		"no number":      {func(k *Keyed) { k.Memory = math.NaN() }, "keyed.memory"},
		"too few alarms": {func(k *Keyed) { k.Alarms = 1 }, "keyed.alarms"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := DefaultConfig()
			c.change(&cfg.Keyed)
			err := cfg.Validate()
			if c.key == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.key)
		})
	}
}
