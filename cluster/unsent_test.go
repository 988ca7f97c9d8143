package cluster

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cluster/gossip"
)

// A call that found no connection in time was said to have perhaps run, and so not made
// again; but it had never left.
func TestACallThatNeverLeftIsNotDelivered(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") // accepts, and never says a word
	require.NoError(t, err)
	defer func() { require.NoError(t, listener.Close()) }()
	h := newHub()
	a, b := member(t, h, "a", func(cfg *Config, _ *Deps) { cfg.AcceptTimeout = time.Second }), member(t, h, "b", nil)
	see(t, a, b)
	h.lie("b", func(i *gossip.Info) { i.Remote = listener.Addr().String() })
	eventually(t, "a is told", func() (bool, any) {
		at := a.view.Load().peers["b"].Info.Remote
		return at == listener.Addr().String(), at
	})
	ends := make(chan result, 10)
	for range cap(ends) {
		a.Call(context.Background(), "b", "echo", nil, func(b []byte, err error) { ends <- result{b, err} })
	}
	for range cap(ends) {
		require.ErrorIs(t, await(t, ends).err, ErrNotDelivered)
	}
	require.Zero(t, a.Stats().NoAnswer)
}
