package gossip

import (
	"testing"

	"github.com/isolane/isolane/cluster/clustertest"
)

func TestMain(m *testing.M) { clustertest.VerifyTestMain(m) }
