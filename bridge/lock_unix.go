//go:build unix && !noserver

package bridge

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// dirLock holds a data folder for one server. nats-server itself would let two
// of them write to the same streams. The kernel lets go of it when the process
// ends, however it ends.
type dirLock struct{ file *os.File }

// lockDir takes dir, or fails with ErrDataDirInUse.
func lockDir(dir string) (*dirLock, error) {
	file, err := os.OpenFile(filepath.Join(dir, "nats.lock"), os.O_CREATE|os.O_RDWR, 0o640)
	if err != nil {
		return nil, fmt.Errorf("%w: %w: make it writable, or choose another --data", ErrDataDir, err)
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	switch {
	case err == nil:
		return &dirLock{file: file}, nil
	case errors.Is(err, syscall.EWOULDBLOCK):
		err = fmt.Errorf("%w: %s: stop the other node, or choose another --data", ErrDataDirInUse, dir)
	default:
		err = fmt.Errorf("%w: lock %s: %w", ErrDataDir, file.Name(), err)
	}
	return nil, errors.Join(err, file.Close())
}

// release lets go; nil and released locks are let be. The file stays: to remove
// it would let two servers hold two files of one name.
func (l *dirLock) release() error {
	if l == nil || l.file == nil {
		return nil
	}
	err := l.file.Close()
	l.file = nil
	return err
}
