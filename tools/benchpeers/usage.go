package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/isolane/isolane/experiments/machine"
)

// use is what a process and its children have used.
type use struct {
	cpu time.Duration
	// peak is the most memory that they held since forgetPeak, summed up, in bytes.
	peak uint64
}

// used reads it.
func used(pid int) (use, error) {
	var sum use
	all, err := family(pid)
	if err != nil {
		return sum, err
	}
	for _, member := range all {
		p, err := machine.ReadProcess(member)
		if err != nil {
			return sum, err
		}
		sum.cpu += p.CPU
		sum.peak += p.Peak
	}
	return sum, nil
}

// forgetPeak has the peaks of memory begin with what is held now (proc(5), clear_refs).
func forgetPeak(pid int) error {
	all, err := family(pid)
	if err != nil {
		return err
	}
	for _, member := range all {
		if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", member), []byte("5"), 0); err != nil {
			return fmt.Errorf("forget the peak of memory: %w", err)
		}
	}
	return nil
}

// family is a process and what it started, all the way down.
func family(pid int) ([]int, error) {
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		return nil, fmt.Errorf("threads of process %d: %w", pid, err)
	}
	all := []int{pid}
	for _, task := range tasks {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/children", pid, task.Name()))
		if err != nil {
			continue // the thread has ended
		}
		for field := range strings.FieldsSeq(string(text)) {
			started, err := strconv.Atoi(field)
			if err != nil {
				return nil, fmt.Errorf("children of process %d: %w", pid, err)
			}
			below, err := family(started)
			if err != nil {
				continue // it has ended
			}
			all = append(all, below...)
		}
	}
	return all, nil
}
