package chaos

import (
	"context"
	"errors"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/isolane/isolane/bridge"
)

// relay stands in front of one member's port, and hands on whatever comes, datagrams and
// streams, each way later by delay.
type relay struct {
	target  string
	delay   atomic.Int64 // in nanoseconds
	stream  net.Listener
	packets net.PacketConn  // nil: streams alone
	ctx     context.Context //nolint:containedctx // the relay's own life
	cancel  context.CancelFunc
	running sync.WaitGroup
}

const (
	// maxLate bounds the pieces that one stream, or all datagrams together, have under
	// way: a datagram on top is lost, a stream waits.
	maxLate = 1024
	// piece is the most that is read at once, in bytes.
	piece = 64 << 10
)

// startRelay listens on a free port of host, for datagrams too where packets is set.
func startRelay(ctx context.Context, host, target string, delay time.Duration, packets bool) (*relay, error) {
	r := &relay{target: target}
	r.delay.Store(int64(delay))
	port, err := freePort(ctx, host)
	if err != nil {
		return nil, err
	}
	address := net.JoinHostPort(host, strconv.Itoa(port))
	if r.stream, err = new(net.ListenConfig).Listen(ctx, "tcp", address); err != nil {
		return nil, err
	}
	if packets {
		if r.packets, err = new(net.ListenConfig).ListenPacket(ctx, "udp", address); err != nil {
			return nil, errors.Join(err, r.stream.Close())
		}
	}
	r.ctx, r.cancel = context.WithCancel(context.WithoutCancel(ctx))
	r.running.Go(r.accept)
	if packets {
		r.running.Go(r.datagrams)
	}
	return r, nil
}

func (r *relay) address() string { return r.stream.Addr().String() }

// close ends it, with every stream.
func (r *relay) close() {
	r.cancel()
	_ = r.stream.Close()
	if r.packets != nil {
		_ = r.packets.Close()
	}
	r.running.Wait()
}

func (r *relay) accept() {
	for {
		in, err := r.stream.Accept()
		if err != nil {
			return
		}
		r.running.Go(func() {
			out, err := new(net.Dialer).DialContext(r.ctx, "tcp", r.target)
			if err != nil {
				_ = in.Close()
				return
			}
			end := sync.OnceFunc(func() { _, _ = in.Close(), out.Close() })
			stop := context.AfterFunc(r.ctx, end)
			defer stop()
			defer end()
			var both sync.WaitGroup
			both.Go(func() { r.pump(in, out, end) })
			both.Go(func() { r.pump(out, in, end) })
			both.Wait()
		})
	}
}

// late is something that is to be handed on at due.
type late struct {
	due  time.Time
	body []byte
}

// pump copies from one side to the other, each piece later by the delay.
func (r *relay) pump(from, to net.Conn, end func()) {
	queue := make(chan late, maxLate)
	var writing sync.WaitGroup
	writing.Go(func() {
		for l := range queue {
			if r.await(l.due) != nil {
				continue
			}
			if _, err := to.Write(l.body); err != nil {
				end() // which ends the reading
			}
		}
		// What was read has been written: the other side hears of the end as late.
		end()
	})
	for {
		body := make([]byte, piece)
		n, err := from.Read(body)
		if n > 0 {
			select {
			case queue <- late{r.due(), body[:n]}:
			case <-r.ctx.Done():
			}
		}
		if err != nil {
			break
		}
	}
	close(queue)
	writing.Wait()
}

// datagrams hands them on from a socket of its own: who they come from is in what they
// say, and answers go to what the sender advertises.
func (r *relay) datagrams() {
	out, err := new(net.Dialer).DialContext(r.ctx, "udp", r.target)
	if err != nil {
		return
	}
	defer func() { _ = out.Close() }()
	queue := make(chan late, maxLate)
	var writing sync.WaitGroup
	writing.Go(func() {
		for l := range queue {
			if r.await(l.due) == nil {
				_, _ = out.Write(l.body) // as lost as a datagram may be
			}
		}
	})
	for {
		body := make([]byte, piece)
		n, _, err := r.packets.ReadFrom(body)
		if err != nil {
			break
		}
		select {
		case queue <- late{r.due(), append([]byte(nil), body[:n]...)}:
		default:
		}
	}
	close(queue)
	writing.Wait()
}

// due is when what has come now is to be handed on.
func (r *relay) due() time.Time { return time.Now().Add(time.Duration(r.delay.Load())) }

func (r *relay) await(due time.Time) error { return bridge.Pause(r.ctx, time.Until(due)) }
