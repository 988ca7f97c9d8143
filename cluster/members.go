package cluster

import (
	"github.com/isolane/isolane/cluster/gossip"
)

// Members returns all members that are known, this one included, sorted by name; with
// those that left or died not long ago.
func (c *Cluster) Members() []gossip.Member { return c.gossip.Members() }

// Subscribe ticks after each change of the membership, of what members say of
// themselves, or of what this member makes of them; several changes may be one tick.
func (c *Cluster) Subscribe() (ticks <-chan struct{}, cancel func()) { return c.gossip.Subscribe() }

// SetLoad says how busy this member is; cheap, to be called at any rate.
func (c *Cluster) SetLoad(load gossip.Load) { c.gossip.SetLoad(load) }

// LoadFrom has ask say how busy this member is, whenever that may be reported, until Stop.
// ask is called on one goroutine at a time, and must not block.
func (c *Cluster) LoadFrom(ask func() gossip.Load) { c.gossip.LoadFrom(ask) }

// Joined says whether another member has ever been found.
func (c *Cluster) Joined() bool { return c.gossip.Joined() }

// Gossip is the membership itself, for its key ring.
func (c *Cluster) Gossip() *gossip.Gossip {
	g, _ := c.gossip.(*gossip.Gossip)
	return g
}

// Remote is the address that peers call this member at.
func (c *Cluster) Remote() string { return c.remote.Address() }
