package chaos

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"time"

	"github.com/asynkron/protoactor-go/remote"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/isolane/isolane/bridge"
)

const (
	// maxPackets and maxStreams bound what is sent to each port of each member.
	maxPackets = 3000
	maxStreams = 100
	// streamLasts bounds each stream.
	streamLasts = 2 * time.Second
)

// actGarbage sends what is no gossip to the gossip ports, as datagrams and streams, and
// what is no call to the remote ports.
func actGarbage(ctx context.Context, w *world) error {
	w.begins("garbage to every gossip port and every remote port")
	packets, streams := maxPackets, maxStreams
	if w.cfg.Brief {
		packets, streams = packets/4, streams/4
	}
	for _, m := range w.live() {
		if err := w.packets(ctx, m.spot.Gossip, packets); err != nil {
			return err
		}
		for range streams {
			w.stream(ctx, m.spot.Gossip, w.junk())
			w.stream(ctx, m.spot.Remote, w.junk())
		}
		if err := strangeCalls(ctx, m.spot.Remote); err != nil {
			w.broke(strangersStay, "%s: %s", m.name, err)
		}
	}
	w.notes = append(w.notes, fmt.Sprintf("%d datagrams, %d streams to each member's ports", packets, 2*streams))
	return w.recovered(ctx, time.Now())
}

// packets sends n datagrams, half of them of a type that memberlist knows, at a bounded
// rate.
func (w *world) packets(ctx context.Context, to string, n int) error {
	conn, err := new(net.Dialer).DialContext(ctx, "udp", to)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	for i := range n {
		body := w.random(1 + w.rnd.IntN(1200))
		if i%2 == 0 {
			body[0] = byte(i % 16)
		}
		_, _ = conn.Write(body) // as lost as a datagram may be
		if i%100 == 99 {
			if err := bridge.Pause(ctx, 10*time.Millisecond); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *world) random(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(w.rnd.Uint32())
	}
	return b
}

// junk is the beginning of something: of another protocol, of one of ours that promises
// what does not come, or of nothing.
func (w *world) junk() []byte {
	switch w.rnd.IntN(6) {
	case 0:
		return []byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
	case 1: // HTTP/2, as gRPC begins, and then a frame that is none
		return append([]byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), w.random(200)...)
	case 2: // memberlist's encrypted stream, of 4 GiB
		return append(binary.BigEndian.AppendUint32([]byte{10}, 0xffffffff), w.random(100)...)
	case 3: // memberlist's push/pull, in msgpack: a map of 4 billion
		return []byte{6, 0xdf, 0xff, 0xff, 0xff, 0xff}
	case 4:
		return nil
	default:
		return w.random(1 + w.rnd.IntN(8000))
	}
}

// stream opens one, writes body, and closes it at once or, where there is no body, when
// the member does, within streamLasts.
func (w *world) stream(ctx context.Context, to string, body []byte) {
	ctx, cancel := context.WithTimeout(ctx, streamLasts)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", to)
	if err != nil {
		return // refused, as too many may be
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(streamLasts))
	_, _ = conn.Write(body)
}

// strangeCalls makes the calls that Proto.Actor would serve and this product must not.
func strangeCalls(ctx context.Context, to string) error {
	ctx, cancel := context.WithTimeout(ctx, streamLasts)
	defer cancel()
	conn, err := grpc.NewClient(to, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	client := remote.NewRemotingClient(conn)
	if _, err := client.ListProcesses(ctx, &remote.ListProcessesRequest{}); status.Code(err) != codes.PermissionDenied {
		return fmt.Errorf("its processes can be listed: %w", err)
	}
	if _, err := client.GetProcessDiagnostics(ctx, &remote.GetProcessDiagnosticsRequest{}); status.Code(err) != codes.PermissionDenied {
		return fmt.Errorf("its processes can be looked into: %w", err)
	}
	return nil
}
