package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"github.com/isolane/isolane/cluster/clustertest"
	"github.com/isolane/isolane/internal/chaos"
)

// asCommand makes the test binary be isolane itself: system tests start it as a
// process of its own, with the race detector in it.
const asCommand = "TEST_AS_ISOLANE"

// asEcho makes it be a bare gRPC server that echoes, which benchmarks compare with.
const asEcho = "TEST_AS_GRPC_ECHO"

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == asChaosServer {
		be(func() error {
			ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
			defer stop()
			return chaos.ServeNATS(ctx, os.Args[2:], os.Stdout, os.Stderr)
		})
		return
	}
	if os.Getenv(asCommand) != "" {
		main()
		return
	}
	if os.Getenv(asEcho) != "" {
		be(func() error { return clustertest.ServeGRPCEcho(os.Stdout) })
		return
	}
	if os.Getenv(asServer) != "" {
		be(beServer)
		return
	}
	// nats.go leaves it behind where a connection is closed as an object is about to be published.
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/nats-io/nats.go/jetstream.(*jetStream).resetPendingAcksOnReconnect"))
}

// be is another program, until that ends.
func be(it func() error) {
	if err := it(); err != nil {
		panic(err)
	}
}
