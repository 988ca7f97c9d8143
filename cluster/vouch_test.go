package cluster

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cluster/lease"
	"github.com/isolane/isolane/internal/authority"
)

// A member whose certificate nobody takes is alive by gossip, and owned its part of the
// grains: a call to one of these was answered by nobody.
func TestAMemberThatNobodyCanCallOwnsNothing(t *testing.T) {
	h, log, store := newHub(), &activations{}, &lease.Memory{}
	tls := func(dir string) func(*Config, *Deps) {
		a, err := authority.New(dir, "ca")
		require.NoError(t, err)
		cert, key, err := a.Issue("member", "127.0.0.1")
		require.NoError(t, err)
		return func(cfg *Config, d *Deps) {
			grainy(log, store)(cfg, d)
			cfg.Remote.TLS = &TLSConfig{CA: a.CA, Cert: cert, Key: key}
		}
	}
	ours, theirs := tls(t.TempDir()), tls(t.TempDir())
	a, b := member(t, h, "a", ours), member(t, h, "b", ours)
	see(t, a, b)
	c := member(t, h, "c", theirs)
	ids := identities(20)
	for _, m := range []*Cluster{a, b, c} {
		m.Keep("counter", ids)
	}
	eventually(t, "c owns nothing", func() (bool, any) {
		for _, m := range []*Cluster{a, b, c} {
			for _, id := range ids {
				if owner, _, ok := m.Owner("counter", id); !ok || owner == "c" {
					return false, fmt.Sprintf("%s has %s of %q", m.cfg.Name, id, owner)
				}
			}
		}
		return true, nil
	})
	eventually(t, "every grain is active once, and not at c", func() (bool, any) {
		once, state := log.once(ids)
		return once && c.grains.active() == 0, state
	})
	for _, id := range ids {
		require.NoError(t, tell(t, a, id, "").err)
		require.NoError(t, tell(t, b, id, "").err)
	}
	require.Zero(t, log.overlaps())
}

func TestAMemberThatWasAloneKeepsItsGrains(t *testing.T) {
	h := newHub()
	a := member(t, h, "a", grainy(&activations{}, nil))
	a.Keep("counter", identities(3))
	eventually(t, "they are active", func() (bool, any) { n := a.grains.active(); return n == 3, n })
}
