package lease

import "errors"

var (
	// ErrNotFound is returned by a Store's Get for a key that has no record.
	ErrNotFound = errors.New("lease: no record")
	// ErrConflict is returned by a Store that changed nothing, since the record's
	// revision is another than the caller thinks: by Create for a record that exists,
	// and by Update and Delete for one that is gone.
	ErrConflict = errors.New("lease: the record has another revision")
	// ErrConfig is wrapped by Acquire and Config.Validate; nothing was tried.
	ErrConfig = errors.New("lease: invalid configuration")
	// ErrNotAcquired is wrapped by Acquire together with the reason why ctx is done
	// and the store's last error. A record that was written just then, unknown to
	// Acquire, stands for one TTL.
	ErrNotAcquired = errors.New("lease: not acquired")
	// ErrExpired is Lease.Err's: no renewal came through in time.
	ErrExpired = errors.New("lease: lost, since no renewal came through in time")
	// ErrTaken is Lease.Err's: the record is gone, or another's.
	ErrTaken = errors.New("lease: lost, since another has taken it or its record is gone")
	// ErrReleased is Lease.Err's: Release has been called.
	ErrReleased = errors.New("lease: released")
)
