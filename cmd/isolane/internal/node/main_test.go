package node

import (
	"testing"

	"go.uber.org/goleak"
)

// nats.go leaves a goroutine behind where a connection is closed as the first message of an
// object is about to be published on it.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/nats-io/nats.go/jetstream.(*jetStream).resetPendingAcksOnReconnect"))
}
