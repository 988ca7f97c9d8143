package gossip

import "github.com/hashicorp/memberlist"

// broadcast waits in the queue to be gossiped; a newer one of the same name takes its
// place, so the queue has at most two for each member.
type broadcast struct {
	name string
	msg  []byte
}

var _ memberlist.NamedBroadcast = broadcast{}

func (b broadcast) Invalidates(other memberlist.Broadcast) bool {
	o, ok := other.(broadcast)
	return ok && o.name == b.name
}

func (b broadcast) Name() string    { return b.name }
func (b broadcast) Message() []byte { return b.msg }
func (b broadcast) Finished()       {}

func loadBroadcast(name string, msg []byte) broadcast {
	return broadcast{name: "load/" + name, msg: msg}
}

func farewellBroadcast(f farewell) broadcast {
	return broadcast{name: "leave/" + f.name, msg: f.appendTo(frame(frameLeave))}
}
