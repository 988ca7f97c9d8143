package v8

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// natives is set where this process is to have V8's native syntax, as no other test may.
const natives = "ISOLANE_TEST_NATIVES"

func TestMain(m *testing.M) {
	if os.Getenv(natives) != "" {
		bindSetFlags("--allow-natives-syntax")
	}
	goleak.VerifyTestMain(m)
}
