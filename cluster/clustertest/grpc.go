package clustertest

import (
	"context"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// GRPCEcho starts a bare gRPC server on loopback, in this process, that echoes bytes, and
// returns a unary round trip to it over one connection. Both end with the test. The round
// trip is safe for concurrent use.
func GRPCEcho(tb testing.TB) (trip func(body *wrapperspb.BytesValue) error) {
	tb.Helper()
	listener, err := new(net.ListenConfig).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	require.NoError(tb, err)
	server := echoServer()
	served := make(chan struct{})
	go func() { defer close(served); _ = server.Serve(listener) }()
	tb.Cleanup(func() { server.Stop(); <-served })
	return GRPCTrip(tb, listener.Addr().String())
}

// ServeGRPCEcho is that server in a process of its own: it prints its address on a line of
// out, and does not return while the process lives.
func ServeGRPCEcho(out io.Writer) error {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen for echoes: %w", err)
	}
	if _, err := fmt.Fprintln(out, listener.Addr()); err != nil {
		return fmt.Errorf("say where echoes are: %w", err)
	}
	return echoServer().Serve(listener)
}

// GRPCTrip returns a unary round trip to the server at an address, over one connection,
// which ends with the test.
func GRPCTrip(tb testing.TB, address string) (trip func(body *wrapperspb.BytesValue) error) {
	tb.Helper()
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(tb, err)
	tb.Cleanup(func() { _ = conn.Close() })
	return func(body *wrapperspb.BytesValue) error {
		return conn.Invoke(context.Background(), "/echo.Echo/Echo", body, new(wrapperspb.BytesValue))
	}
}

func echoServer() *grpc.Server {
	handler := func(_ any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
		in := new(wrapperspb.BytesValue)
		return in, decode(in)
	}
	server := grpc.NewServer()
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: "echo.Echo", HandlerType: (*any)(nil),
		Methods: []grpc.MethodDesc{{MethodName: "Echo", Handler: handler}},
	}, struct{}{})
	return server
}
