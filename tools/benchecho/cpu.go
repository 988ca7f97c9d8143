package main

import (
	"time"

	"github.com/isolane/isolane/experiments/machine"
)

// spent is the CPU time that a process has used, in all its threads.
func spent(pid int) (time.Duration, error) {
	p, err := machine.ReadProcess(pid)
	return p.CPU, err
}
