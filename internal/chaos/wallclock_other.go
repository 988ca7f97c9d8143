//go:build !linux || !amd64

package chaos

import (
	"context"
	"errors"
	"time"

	"github.com/isolane/isolane/internal/child"
)

func timeNamespaces() bool { return false }

// setWallClock is an error here.
func setWallClock(context.Context, *child.Process, time.Duration) error {
	return errors.New("the wall clock of one process can be set on linux and amd64 alone")
}
