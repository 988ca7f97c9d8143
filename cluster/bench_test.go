package cluster

import (
	"context"
	"fmt"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// BenchmarkCall measures a call to another member beside a bare gRPC unary round trip
// over loopback in the same run; go test -bench Call ./cluster
func BenchmarkCall(b *testing.B) {
	h := newHub()
	one, two := member(b, h, "one", nil), member(b, h, "two", nil)
	see(b, one, two)
	conn := unary(b)
	for _, size := range []int{64, 16 << 10} {
		body := make([]byte, size)
		b.Run(fmt.Sprintf("grpc/%dB", size), func(b *testing.B) {
			in := wrapperspb.Bytes(body)
			for b.Loop() {
				out := new(wrapperspb.BytesValue)
				if err := conn.Invoke(context.Background(), "/echo.Echo/Echo", in, out); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("call/%dB", size), func(b *testing.B) {
			end := make(chan error, 1)
			done := func(_ []byte, err error) { end <- err }
			for b.Loop() {
				one.Call(context.Background(), "two", "echo", body, done)
				if err := <-end; err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("call-64-callers/%dB", size), func(b *testing.B) {
			b.SetParallelism(32)
			b.RunParallel(func(pb *testing.PB) {
				end := make(chan error, 1)
				for pb.Next() {
					one.Call(context.Background(), "two", "echo", body, func(_ []byte, err error) { end <- err })
					if err := <-end; err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}

// unary is a gRPC server that echoes, and a connection to it.
func unary(b *testing.B) *grpc.ClientConn {
	b.Helper()
	handler := func(_ any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
		in := new(wrapperspb.BytesValue)
		return in, decode(in)
	}
	server := grpc.NewServer()
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: "echo.Echo", HandlerType: (*any)(nil),
		Methods: []grpc.MethodDesc{{MethodName: "Echo", Handler: handler}},
	}, struct{}{})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	served := make(chan struct{})
	go func() { defer close(served); _ = server.Serve(listener) }()
	conn, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(b, err)
	b.Cleanup(func() { _ = conn.Close(); server.Stop(); <-served })
	return conn
}

// BenchmarkOwner measures who owns a grain, among 20 members.
func BenchmarkOwner(b *testing.B) {
	h, log := newHub(), &activations{}
	members := make([]*Cluster, 20)
	for i := range members {
		members[i] = member(b, h, fmt.Sprint("m", i), grainy(log, nil))
	}
	see(b, members...)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, ok := members[0].Owner("counter", "some-identity"); !ok {
			b.Fatal("nobody")
		}
	}
}
