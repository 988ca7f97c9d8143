package child

import (
	"os/exec"
	"runtime"
	"syscall"
)

// Output is cmd.Output for a program that may have children of its own, as launchers of npm
// have: where the context of cmd ends, all of them are killed, and with this process too, on
// Linux.
func Output(cmd *exec.Cmd) ([]byte, error) {
	runtime.LockOSThread() // see Spawner
	defer runtime.UnlockOSThread()
	cmd.SysProcAttr = Group()
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	return cmd.Output()
}
