package remoting

import (
	"errors"
	"io"
	"log/slog"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/asynkron/protoactor-go/remote"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	isolanev1 "github.com/isolane/isolane/proto/isolane/v1"
)

// errBatch: a batch refers to what it does not hold.
var errBatch = errors.New("remoting: malformed batch")

// read takes a peer's stream: a handshake, then batches.
func (s *Session) read(stream remote.Remoting_ReceiveServer) error {
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	if first.GetConnectRequest().GetServerConnection() == nil {
		s.remote.stats.malformed.Add(1)
		return status.Error(codes.FailedPrecondition, "a stream begins with a connect request")
	}
	if err := stream.Send(&remote.RemoteMessage{MessageType: &remote.RemoteMessage_ConnectResponse{
		ConnectResponse: &remote.ConnectResponse{MemberId: s.system.ID},
	}}); err != nil {
		return err
	}
	for {
		message, err := stream.Recv()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if err := unpack(message.GetMessageBatch(), s.deliver, s.unknown); err != nil {
			s.remote.stats.malformed.Add(1)
			s.remote.complain("a peer broke the protocol; its stream is closed", slog.String("from", origin(stream.Context())), slog.Any("error", err))
			return status.Error(codes.InvalidArgument, err.Error())
		}
	}
}

// deliver hands an envelope to an actor of this system, whatever address it was sent to:
// nothing is passed on to a third.
func (s *Session) deliver(target, sender *actor.PID, header map[string]string, e *isolanev1.Envelope) {
	if s.ctx.Err() != nil {
		return
	}
	target.Address = s.remote.address
	if sender == nil && len(header) == 0 {
		s.system.Root.Send(target, e)
		return
	}
	s.system.Root.Send(target, &actor.MessageEnvelope{Header: header, Message: e, Sender: sender})
}

func (s *Session) unknown(name string) {
	s.remote.stats.unknown.Add(1)
	s.remote.complain("a peer sent a message of a type that does not cross; it is dropped", slog.String("type", name))
}
