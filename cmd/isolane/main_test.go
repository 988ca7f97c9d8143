package main

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// asCommand makes the test binary be isolane itself: system tests start it as a
// process of its own, with the race detector in it.
const asCommand = "TEST_AS_ISOLANE"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
		return
	}
	goleak.VerifyTestMain(m)
}
