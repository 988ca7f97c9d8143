package remoting

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"google.golang.org/protobuf/proto"

	isolanev1 "github.com/isolane/isolane/proto/isolane/v1"
)

// Events tells what happens to connections.
type Events struct {
	// Lost is called when an established connection to address is gone, also by Forget
	// and Close: what was sent over it may or may not have arrived. nil: ignored.
	Lost func(address string, err error)
}

// Session is one actor system's time on a Remote.
type Session struct {
	remote  *Remote
	system  *actor.ActorSystem
	events  Events
	ctx     context.Context //nolint:containedctx // the session's own life, ended by Close
	cancel  context.CancelFunc
	readers sync.WaitGroup // goroutines that read streams of peers

	mu      sync.Mutex
	closed  bool                 // guarded by mu
	peers   map[string]*endpoint // guarded by mu; by address
	running sync.WaitGroup       // endpoints, and streams that are served; Add under mu, while not closed
}

func newSession(r *Remote, system *actor.ActorSystem, events Events) *Session {
	if events.Lost == nil {
		events.Lost = func(string, error) {}
	}
	s := &Session{remote: r, system: system, events: events, peers: map[string]*endpoint{}}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

// Send puts envelope into the queue of target's address, and never blocks. An error
// means that it was not sent, and failed is not called. Later failed is called at most
// once: with ErrUnreachable or ErrClosed if it was surely not sent, with ErrUncertain if
// that is not known. The envelope may be used again when Send has returned; failed may
// be nil. sender, who is answered, may be nil too.
func (s *Session) Send(target, sender *actor.PID, envelope *isolanev1.Envelope, failed func(error)) error {
	return s.send(parcel{target: target, sender: sender, failed: failed}, envelope)
}

// SendIf is Send of what its sender may take back: claim is asked at the moment before
// the envelope is written, by the connection's goroutine, and where it says false the
// envelope is not sent and failed not called. While a connection is being made, that may
// be long after SendIf has returned.
func (s *Session) SendIf(target, sender *actor.PID, envelope *isolanev1.Envelope, claim func() bool, failed func(error)) error {
	return s.send(parcel{target: target, sender: sender, claim: claim, failed: failed}, envelope)
}

func (s *Session) send(p parcel, envelope *isolanev1.Envelope) error {
	body, err := proto.Marshal(envelope)
	if err != nil {
		return errors.Join(ErrClosed, err)
	}
	if limit := s.remote.cfg.MaxMessage; len(body) > limit {
		return &TooLargeError{Size: len(body), Limit: limit}
	}
	p.body = body
	for {
		e, err := s.endpoint(p.target.Address)
		if err != nil {
			return err
		}
		if err := e.put(p); !errors.Is(err, errEnded) {
			return err
		}
	}
}

// endpoint returns the one to address, or begins it.
func (s *Session) endpoint(address string) (*endpoint, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	e, ok := s.peers[address]
	if ok {
		ended, at := e.state()
		if !ended {
			return e, nil
		}
		if !at.IsZero() && time.Since(at) < s.remote.cfg.DownFor {
			return nil, ErrUnreachable
		}
	}
	e = newEndpoint(s, address)
	s.peers[address] = e
	s.running.Go(e.run)
	return e, nil
}

// Forget closes the connection to address, if there is one.
func (s *Session) Forget(address string) {
	s.mu.Lock()
	e := s.peers[address]
	delete(s.peers, address)
	s.mu.Unlock()
	if e != nil {
		e.cancel(ErrClosed)
	}
}

// Close ends every connection, tells of what was not sent, and detaches the system.
// Idempotent; blocks until its goroutines have ended.
func (s *Session) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	s.running.Wait()
	s.readers.Wait()
	s.remote.detach(s)
}

// enter counts a stream that is served; false if the session is closed.
func (s *Session) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.running.Add(1)
	return true
}

func (s *Session) leave() { s.running.Done() }
