//go:build !linux

package main

import "syscall"

// ownGroup puts a node into a process group of its own. It outlives this program where
// that is killed.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
