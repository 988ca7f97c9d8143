//go:build !linux

package child

import "syscall"

// Group puts a node into a process group of its own. It outlives this program where
// that is killed.
func Group() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
