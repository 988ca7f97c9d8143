package remoting

import (
	"context"
	"log/slog"
	"runtime/debug"

	"github.com/asynkron/protoactor-go/remote"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
)

// service is the server's side of remote.Remoting. The embedded type leaves
// ListProcesses and GetProcessDiagnostics unimplemented; refuseUnary stands before them.
type service struct {
	remote.UnimplementedRemotingServer
	remote *Remote
}

// refuseUnary refuses every unary call: nothing of ours is one, and Proto.Actor's list
// the actors of a process.
func refuseUnary(_ context.Context, _ any, info *grpc.UnaryServerInfo, _ grpc.UnaryHandler) (any, error) {
	return nil, status.Errorf(codes.PermissionDenied, "%s is not served", info.FullMethod)
}

// recoverStream turns a panic into the end of that one stream.
func (r *Remote) recoverStream(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) (err error) {
	defer func() {
		if p := recover(); p != nil {
			r.stats.panics.Add(1)
			r.complain("serving a peer panicked; its stream is closed", slog.String("from", origin(stream.Context())),
				slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
			err = status.Error(codes.Internal, "internal error")
		}
	}()
	return next(srv, stream)
}

// Receive implements remote.RemotingServer: a peer's stream towards this member, until
// the peer ends it, breaks the protocol, or the session is closed.
func (s *service) Receive(stream remote.Remoting_ReceiveServer) error {
	session := s.remote.current()
	if session == nil || !session.enter() {
		return status.Error(codes.Unavailable, "no actor system is attached")
	}
	defer session.leave()
	// Recv cannot be interrupted but by the end of the stream, which is when Receive
	// returns; so it runs beside.
	ended := make(chan error, 1)
	session.readers.Go(func() {
		ended <- s.remote.guard(func() error { return session.read(stream) }, stream)
	})
	select {
	case err := <-ended:
		return err
	case <-session.ctx.Done():
		return status.Error(codes.Unavailable, "the actor system is gone")
	}
}

// guard is recoverStream for the goroutine that reads.
func (r *Remote) guard(read func() error, stream grpc.ServerStream) error {
	return r.recoverStream(nil, stream, nil, func(any, grpc.ServerStream) error { return read() })
}

func origin(ctx context.Context) string {
	if p, ok := peer.FromContext(ctx); ok {
		return p.Addr.String()
	}
	return ""
}
