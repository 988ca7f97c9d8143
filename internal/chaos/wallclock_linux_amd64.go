package chaos

import (
	"bufio"
	"bytes"
	"context"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A process has no wall clock of its own, and a static binary cannot be given another
// libc. But Go, as libc, asks for the time through the vDSO, code that the kernel maps into
// each process; of which a process has a copy of its own as soon as somebody writes to it.
// So its clock_gettime is replaced in one process: by the system call, with an offset to
// what it says of the wall clock alone.

// timeNamespaces reports whether `unshare --time` works.
func timeNamespaces() bool {
	return os.Geteuid() == 0 && exec.Command("unshare", "--time", "--monotonic", "1", "true").Run() == nil //nolint:noctx // takes milliseconds
}

// WallClocks reports whether SetWallClock works here.
const WallClocks = true

// SetWallClock makes the wall clock of a process of ours wrong by skew from now on, in whole
// seconds; its monotonic clock stays. The process stands still for a moment.
func SetWallClock(ctx context.Context, pid int, skew time.Duration) (err error) {
	memory, err := os.OpenFile(fmt.Sprintf("/proc/%d/mem", pid), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, memory.Close()) }()
	address, err := clockGettime(pid, memory)
	if err != nil {
		return fmt.Errorf("the vDSO of process %d: %w", pid, err)
	}
	code := skewed(skew)
	defer func() { err = errors.Join(err, syscall.Kill(pid, syscall.SIGCONT)) }()
	return until(ctx, func(ctx context.Context) error {
		if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
			return err
		}
		if err := until(ctx, func(context.Context) error { return stopped(pid) }); err != nil {
			return err
		}
		if err := outside(pid, address, uint64(len(code))); err != nil {
			// It stays there for as long as it is stopped.
			return errors.Join(err, syscall.Kill(pid, syscall.SIGCONT))
		}
		_, err := memory.WriteAt(code, int64(address)) //nolint:gosec // an address of a process
		return err
	})
}

// skewed is clock_gettime(2) with an offset of whole seconds to CLOCK_REALTIME.
func skewed(skew time.Duration) []byte {
	code := []byte{
		0xb8, 228, 0, 0, 0, // mov eax, __NR_clock_gettime
		0x0f, 0x05, // syscall
		0x85, 0xff, // test edi, edi: CLOCK_REALTIME is 0
		0x75, 13, // jne to ret
		0x48, 0xb9, // mov rcx, offset
	}
	code = binary.LittleEndian.AppendUint64(code, uint64(int64(skew/time.Second))) //nolint:gosec // two's complement is meant
	return append(code,
		0x48, 0x01, 0x0e, // add [rsi], rcx
		0xc3, // ret
	)
}

// clockGettime finds the function in the process's vDSO.
func clockGettime(pid int, memory *os.File) (uint64, error) {
	low, high, err := mapping(pid, "[vdso]")
	if err != nil {
		return 0, err
	}
	image := make([]byte, high-low)
	if _, err := memory.ReadAt(image, int64(low)); err != nil { //nolint:gosec // as above
		return 0, err
	}
	object, err := elf.NewFile(bytes.NewReader(image))
	if err != nil {
		return 0, err
	}
	symbols, err := object.DynamicSymbols()
	if err != nil {
		return 0, err
	}
	for _, s := range symbols {
		if s.Name == "__vdso_clock_gettime" && s.Size >= uint64(len(skewed(0))) {
			return low + s.Value, nil
		}
	}
	return 0, errors.New("no clock_gettime that is long enough")
}

func mapping(pid int, name string) (low, high uint64, err error) {
	maps, err := os.Open(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = maps.Close() }()
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		if _, err := fmt.Sscanf(lines.Text(), "%x-%x", &low, &high); err == nil && strings.HasSuffix(lines.Text(), name) {
			return low, high, nil
		}
	}
	return 0, 0, fmt.Errorf("no mapping %s", name)
}

// stopped is nil when every thread of a process is.
func stopped(pid int) error {
	return eachThread(pid, func(fields []string) error {
		if len(fields) < 2 {
			return fmt.Errorf("a thread runs: %s", strings.Join(fields, " "))
		}
		return nil
	})
}

// outside is nil when no thread of a stopped process is where it is to be written.
func outside(pid int, address, size uint64) error {
	return eachThread(pid, func(fields []string) error {
		at := fields[len(fields)-1]
		pc, err := strconv.ParseUint(strings.TrimPrefix(at, "0x"), 16, 64)
		if err != nil || pc > address && pc < address+size {
			return fmt.Errorf("a thread is at %s", at)
		}
		return nil
	})
}

// eachThread calls look with what the kernel says of each thread of a process: a word where it
// runs, else the system call that it is in and its arguments, if any, and where its stack and
// its code are.
func eachThread(pid int, look func(fields []string) error) error {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/syscall", pid))
	if err != nil {
		return err
	}
	for _, file := range threads {
		text, err := os.ReadFile(file) //nolint:gosec // of /proc
		if err != nil {
			continue // the thread has ended
		}
		if fields := strings.Fields(string(text)); len(fields) > 0 {
			if err := look(fields); err != nil {
				return err
			}
		}
	}
	return nil
}
