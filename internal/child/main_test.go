package child

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// stub makes the test's own binary the program that is started: its value says how it
// behaves.
const stub = "CHILD_STUB"

func TestMain(m *testing.M) {
	switch os.Getenv(stub) {
	case "":
		goleak.VerifyTestMain(m)
	case "broken":
		fmt.Fprintln(os.Stderr, "the port is in use")
		os.Exit(3)
	default: // ready, and then until a signal ends it
		fmt.Fprint(os.Stderr, "without an end of line")
		_, _ = fmt.Fprintf(os.Stdout, "hello\nready pid=%d\n", os.Getpid())
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel() // a test that failed leaves nothing behind for long
		<-ctx.Done()
	}
}
