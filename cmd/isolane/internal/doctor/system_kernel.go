//go:build linux || darwin

package doctor

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/isolane/isolane/cmd/isolane/internal/sizer"
)

// errUnknown is what a system that does not tell answers.
var errUnknown = errors.New("this system does not tell")

// ThisSystem is the machine at hand.
func ThisSystem() System {
	return System{
		OpenFiles: openFiles,
		Memory:    func() (uint64, error) { return memory("/sys/fs/cgroup", "/proc/meminfo") },
		CPUs:      func() float64 { return sizer.CPUs(float64(runtime.NumCPU())) },
		Listen:    listen,
		Disk:      disk,
		Now:       time.Now,
	}
}

func openFiles() (soft, hard uint64, err error) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0, 0, err
	}
	return limit.Cur, limit.Max, nil
}

// memory is the control group's limit where that is less than the machine has.
func memory(cgroup, meminfo string) (uint64, error) {
	all := uint64(math.MaxUint64)
	if file, err := os.Open(meminfo); err == nil { //nolint:gosec // the kernel's
		defer file.Close() //nolint:errcheck // it was read
		for scanner := bufio.NewScanner(file); scanner.Scan(); {
			if fields := strings.Fields(scanner.Text()); len(fields) >= 2 && fields[0] == "MemTotal:" {
				if kib, err := strconv.ParseUint(fields[1], 10, 54); err == nil {
					all = kib << 10
				}
			}
		}
	}
	for _, name := range []string{"memory.max", "memory/memory.limit_in_bytes"} {
		text, err := os.ReadFile(filepath.Join(cgroup, name)) //nolint:gosec // the kernel's
		if err != nil {
			continue
		}
		if limit, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64); err == nil {
			all = min(all, limit)
		}
	}
	if all == math.MaxUint64 {
		return 0, errUnknown
	}
	return all, nil
}

// disk asks the folder that is there, of dir and those above it.
func disk(dir string) (uint64, error) {
	at, err := filepath.Abs(dir)
	if err != nil {
		return 0, err
	}
	for {
		info, err := os.Stat(at)
		if err == nil && !info.IsDir() {
			return 0, fmt.Errorf("%s is no folder", at)
		}
		if err == nil {
			break
		}
		if !errors.Is(err, fs.ErrNotExist) || at == filepath.Dir(at) {
			return 0, err
		}
		at = filepath.Dir(at)
	}
	const write, search = 2, 1
	if err := syscall.Access(at, write|search); err != nil {
		return 0, fmt.Errorf("nothing can be written in %s: %w", at, err)
	}
	var stat syscall.Statfs_t
	if err := syscall.Statfs(at, &stat); err != nil {
		return 0, err
	}
	return stat.Bavail * uint64(stat.Bsize), nil //nolint:gosec // positive
}
