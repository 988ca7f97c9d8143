//go:build !linux || !amd64

package chaos

import (
	"context"
	"errors"
	"time"
)

func timeNamespaces() bool { return false }

// WallClocks reports whether SetWallClock works here.
const WallClocks = false

// SetWallClock is an error here.
func SetWallClock(context.Context, int, time.Duration) error {
	return errors.New("the wall clock of one process can be set on linux and amd64 alone")
}
