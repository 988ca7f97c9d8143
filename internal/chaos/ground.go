package chaos

import (
	"context"
	"errors"
	"net"
	"strconv"
)

// Spot is where one member lives.
type Spot struct {
	// Gossip and Remote are host:port.
	Gossip, Remote string
	// Wrap is the command that starts a program there; nil: it is here.
	Wrap []string
}

// Ground is where members live, and how they are cut off from one another.
type Ground interface {
	// Hub is the host that the NATS server and the ledger listen on, and Free a port of
	// it that is free.
	Hub() string
	Free(ctx context.Context) (int, error)
	// Spot is that of member i, from 0, the same until Reset.
	Spot(ctx context.Context, i int) (Spot, error)
	// Cuts reports whether the methods below do anything; else they return errNoCuts.
	Cuts() bool
	// Cut drops all that members of a and b send one another; hub too: what a and the hub
	// do.
	Cut(ctx context.Context, a, b []int, hub bool) error
	// Lose drops a part of the packets that members send one another, 0 to 1.
	Lose(ctx context.Context, members []int, part float64) error
	// Mend undoes Cut and Lose.
	Mend(ctx context.Context) error
	// Reset forgets every spot.
	Reset()
}

var errNoCuts = errors.New("chaos: members on loopback cannot be cut off from one another")

// Loopback is the ground that every machine has.
type Loopback struct{ spots map[int]Spot }

var _ Ground = (*Loopback)(nil)

// Hub implements Ground.
func (*Loopback) Hub() string { return "127.0.0.1" }

// Free implements Ground.
func (l *Loopback) Free(ctx context.Context) (int, error) { return freePort(ctx, l.Hub()) }

// Spot implements Ground.
func (l *Loopback) Spot(ctx context.Context, i int) (Spot, error) {
	if s, ok := l.spots[i]; ok {
		return s, nil
	}
	var s Spot
	for _, to := range []*string{&s.Gossip, &s.Remote} {
		port, err := l.Free(ctx)
		if err != nil {
			return Spot{}, err
		}
		*to = net.JoinHostPort(l.Hub(), strconv.Itoa(port))
	}
	if l.spots == nil {
		l.spots = map[int]Spot{}
	}
	l.spots[i] = s
	return s, nil
}

// Cuts implements Ground.
func (*Loopback) Cuts() bool { return false }

// Cut implements Ground.
func (*Loopback) Cut(context.Context, []int, []int, bool) error { return errNoCuts }

// Lose implements Ground.
func (*Loopback) Lose(context.Context, []int, float64) error { return errNoCuts }

// Mend implements Ground.
func (*Loopback) Mend(context.Context) error { return nil }

// Reset implements Ground.
func (l *Loopback) Reset() { l.spots = nil }

// freePort returns a port that was free a moment ago, for TCP and for UDP.
func freePort(ctx context.Context, host string) (int, error) {
	var tries error
	for range 20 {
		listener, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(host, "0"))
		if err != nil {
			return 0, err
		}
		port := listener.Addr().(*net.TCPAddr).Port
		packets, err := new(net.ListenConfig).ListenPacket(ctx, "udp", listener.Addr().String())
		tries = errors.Join(err, listener.Close())
		if packets != nil {
			tries = errors.Join(tries, packets.Close())
		}
		if tries == nil {
			return port, nil
		}
	}
	return 0, tries
}
