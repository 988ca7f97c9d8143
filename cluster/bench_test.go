package cluster

import (
	"context"
	"fmt"
	"testing"

	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/isolane/isolane/cluster/clustertest"
)

// BenchmarkCall measures a call to another member beside a bare gRPC unary round trip
// over loopback in the same run; go test -bench Call ./cluster
func BenchmarkCall(b *testing.B) {
	h := newHub()
	one, two := member(b, h, "one", nil), member(b, h, "two", nil)
	see(b, one, two)
	trip := clustertest.GRPCEcho(b)
	for _, size := range []int{64, 16 << 10} {
		body := make([]byte, size)
		b.Run(fmt.Sprintf("grpc/%dB", size), func(b *testing.B) {
			in := wrapperspb.Bytes(body)
			for b.Loop() {
				if err := trip(in); err != nil {
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
