package machine

import (
	"os"
	"runtime"
	"strings"

	"github.com/prometheus/procfs"
)

// Info is what a figure was measured on.
type Info struct {
	OS   string `json:"os"`
	Arch string `json:"arch"`
	// CPU is the model's name, Processors how many this process may use.
	CPU        string `json:"cpu,omitempty"`
	Processors int    `json:"processors"`
	// Memory is that of the machine, in bytes.
	Memory uint64 `json:"memory,omitempty"`
	Kernel string `json:"kernel,omitempty"`
	Go     string `json:"go"`
}

// Describe says what this machine is.
func Describe() Info {
	info := Info{OS: runtime.GOOS, Arch: runtime.GOARCH, Processors: Processors(), Go: runtime.Version()}
	fs, err := procfs.NewDefaultFS()
	if err != nil {
		return info // not Linux
	}
	if cpus, err := fs.CPUInfo(); err == nil && len(cpus) > 0 {
		info.CPU = cpus[0].ModelName
	}
	if memory, err := fs.Meminfo(); err == nil && memory.MemTotalBytes != nil {
		info.Memory = *memory.MemTotalBytes
	}
	if release, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		info.Kernel = strings.TrimSpace(string(release))
	}
	return info
}

// Processors is how many processors the process may use, its quota considered. A node in the
// same process raises Go's number beyond those that there are.
func Processors() int { return min(runtime.NumCPU(), runtime.GOMAXPROCS(0)) }
