package doctor

import (
	"context"
	"net"
	"time"
)

// System is what the machine is asked.
type System struct {
	// OpenFiles is how many files the process may open now, and as many as it may ask for.
	OpenFiles func() (soft, hard uint64, err error)
	// Memory is how much the process may use, in bytes: the machine's, or what its control
	// group allows.
	Memory func() (uint64, error)
	// CPUs is how many the process may use, as its control group allows.
	CPUs func() float64
	// Listen tries to listen on a TCP address, and stops at once.
	Listen func(ctx context.Context, address string) error
	// Disk is how many bytes may be written below a folder, or below where it would be; an
	// error where nothing may.
	Disk func(dir string) (uint64, error)
	Now  func() time.Time
}

// listen is Listen of the machine at hand.
func listen(ctx context.Context, address string) error {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	return l.Close()
}
