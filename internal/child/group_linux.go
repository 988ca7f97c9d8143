package child

import "syscall"

// Group puts a node into a process group of its own, and has the kernel end it when
// the thread that started it is gone.
func Group() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
