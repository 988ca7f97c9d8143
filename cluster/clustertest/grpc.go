package clustertest

import (
	"context"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// GRPCEcho starts a bare gRPC server on loopback that echoes bytes, and returns a unary
// round trip to it over one connection. Both end with the test. The round trip is safe for
// concurrent use.
func GRPCEcho(tb testing.TB) (trip func(body *wrapperspb.BytesValue) error) {
	tb.Helper()
	handler := func(_ any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
		in := new(wrapperspb.BytesValue)
		return in, decode(in)
	}
	server := grpc.NewServer()
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: "echo.Echo", HandlerType: (*any)(nil),
		Methods: []grpc.MethodDesc{{MethodName: "Echo", Handler: handler}},
	}, struct{}{})
	listener, err := new(net.ListenConfig).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	require.NoError(tb, err)
	served := make(chan struct{})
	go func() { defer close(served); _ = server.Serve(listener) }()
	conn, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(tb, err)
	tb.Cleanup(func() { _ = conn.Close(); server.Stop(); <-served })
	return func(body *wrapperspb.BytesValue) error {
		return conn.Invoke(context.Background(), "/echo.Echo/Echo", body, new(wrapperspb.BytesValue))
	}
}
