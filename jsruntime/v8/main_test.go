package v8

import (
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	bindSetFlags("--allow-natives-syntax") // for TestShortTurnsAreOptimized
	goleak.VerifyTestMain(m)
}
