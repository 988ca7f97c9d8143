package main

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/isolane/isolane/cluster/clustertest"
)

// asCommand makes the test binary be isolane itself: system tests start it as a
// process of its own, with the race detector in it.
const asCommand = "TEST_AS_ISOLANE"

// asEcho makes it be a bare gRPC server that echoes, which benchmarks compare with.
const asEcho = "TEST_AS_GRPC_ECHO"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
		return
	}
	if os.Getenv(asEcho) != "" {
		if err := clustertest.ServeGRPCEcho(os.Stdout); err != nil {
			panic(err)
		}
		return
	}
	if os.Getenv(asServer) != "" {
		if err := beServer(); err != nil {
			panic(err)
		}
		return
	}
	goleak.VerifyTestMain(m)
}
