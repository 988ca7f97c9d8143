//go:build !unix && !noserver

package bridge

// dirLock holds nothing where the kernel has no flock.
type dirLock struct{}

func lockDir(string) (*dirLock, error) { return &dirLock{}, nil }

func (l *dirLock) release() error { return nil }
