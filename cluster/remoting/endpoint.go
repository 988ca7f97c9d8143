package remoting

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/asynkron/protoactor-go/remote"
	"google.golang.org/grpc"
)

// errEnded: the endpoint takes no more; the next one may.
var errEnded = errors.New("remoting: the endpoint has ended")

// parcel is one message on its way out.
type parcel struct {
	target, sender *actor.PID
	header         map[string]string
	body           []byte
	claim          func() bool // nil: always true
	failed         func(error)
}

// taken says that p was not taken back, and is to be written now.
func (p parcel) taken() bool { return p.claim == nil || p.claim() }

func (p parcel) fail(err error) {
	if p.failed != nil {
		p.failed(err)
	}
}

// endpoint is the connection to one address: a queue and the goroutine that empties it.
// It connects once; when that fails or the connection breaks, it has ended.
type endpoint struct {
	session *Session
	address string
	queue   chan parcel
	ctx     context.Context //nolint:containedctx // the endpoint's own life
	cancel  context.CancelCauseFunc

	mu      sync.Mutex
	ended   bool      // guarded by mu; nothing is put into queue once it is set
	refused time.Time // guarded by mu; when the connection failed; zero: it did not
}

func newEndpoint(s *Session, address string) *endpoint {
	e := &endpoint{session: s, address: address, queue: make(chan parcel, s.remote.cfg.Queue)}
	e.ctx, e.cancel = context.WithCancelCause(s.ctx)
	return e
}

func (e *endpoint) state() (ended bool, refused time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.ended, e.refused
}

func (e *endpoint) put(p parcel) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.ended {
		return errEnded
	}
	select {
	case e.queue <- p:
		return nil
	default:
		return fmt.Errorf("%w: %d", ErrQueueFull, cap(e.queue))
	}
}

// run connects, sends until something breaks, and tells of what was not sent.
func (e *endpoint) run() {
	defer e.cancel(nil)
	conn, stream, err := e.connect()
	if err != nil {
		err = fmt.Errorf("%w: %s: %w", ErrUnreachable, e.address, err)
		e.session.remote.complain("a member cannot be reached", slog.String("address", e.address), slog.Any("error", err))
		e.end(err, time.Now())
		return
	}
	listening := make(chan struct{})
	go func() {
		defer close(listening)
		e.listen(stream)
	}()
	err = e.write(stream)
	e.cancel(err)
	<-listening
	_ = conn.Close() // its error says no more than err
	// What waits was surely not sent. Lost comes before the next connection can begin,
	// so that it is not taken for that one's.
	unsent := fmt.Errorf("%w: %s: %w", ErrUnreachable, e.address, err)
	e.drain(unsent)
	e.session.events.Lost(e.address, err)
	e.end(unsent, time.Time{})
}

// end takes no more, and fails what waits.
func (e *endpoint) end(err error, refused time.Time) {
	e.mu.Lock()
	e.ended, e.refused = true, refused
	e.mu.Unlock()
	e.drain(err)
}

func (e *endpoint) drain(err error) {
	for {
		select {
		case p := <-e.queue:
			p.fail(err)
		default:
			return
		}
	}
}

// connect opens the stream and shakes hands, within DialTimeout.
func (e *endpoint) connect() (*grpc.ClientConn, remote.Remoting_ReceiveClient, error) {
	conn, err := grpc.NewClient("passthrough:///"+e.address, e.session.remote.dial...)
	if err != nil {
		return nil, nil, err
	}
	timeout := e.session.remote.cfg.DialTimeout
	timer := time.AfterFunc(timeout, func() { e.cancel(fmt.Errorf("no handshake within %s", timeout)) })
	stream, err := e.shakeHands(conn)
	if !timer.Stop() && err == nil {
		err = context.Cause(e.ctx)
	}
	if err != nil {
		if cause := context.Cause(e.ctx); cause != nil {
			err = cause
		}
		return nil, nil, errors.Join(err, conn.Close())
	}
	return conn, stream, nil
}

func (e *endpoint) shakeHands(conn *grpc.ClientConn) (remote.Remoting_ReceiveClient, error) {
	stream, err := remote.NewRemotingClient(conn).Receive(e.ctx)
	if err != nil {
		return nil, err
	}
	hello := &remote.RemoteMessage{MessageType: &remote.RemoteMessage_ConnectRequest{ConnectRequest: &remote.ConnectRequest{
		ConnectionType: &remote.ConnectRequest_ServerConnection{ServerConnection: &remote.ServerConnection{
			SystemId: e.session.system.ID, Address: e.session.remote.address,
		}},
	}}}
	// After a failed Send it is Recv that knows why.
	_ = stream.Send(hello)
	answer, err := stream.Recv()
	if err != nil {
		return nil, err
	}
	response := answer.GetConnectResponse()
	if response == nil || response.GetBlocked() {
		return nil, fmt.Errorf("the peer refused the handshake: %v", answer)
	}
	return stream, nil
}

// listen waits for the stream's end: a peer says nothing else on it.
func (e *endpoint) listen(stream remote.Remoting_ReceiveClient) {
	for {
		message, err := stream.Recv()
		if err != nil {
			e.cancel(fmt.Errorf("the connection ended: %w", err))
			return
		}
		if message.GetDisconnectRequest() != nil {
			e.cancel(errors.New("the peer leaves"))
			return
		}
	}
}
