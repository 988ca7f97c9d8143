package parts

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// within becomes another program, on some processors or in a control group.
func within(_ context.Context, args []string, _, stderr io.Writer) error {
	flags := Flags("within", stderr)
	cpus := flags.String("cpus", "", "`numbers` of processors")
	group := flags.String("group", "", "`file` of a control group's processes")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() == 0 {
		return errors.New("within: no program is named")
	}
	// What this thread may is what the program may.
	runtime.LockOSThread()
	if *cpus != "" {
		var set unix.CPUSet
		for word := range strings.SplitSeq(*cpus, ",") {
			n, err := strconv.Atoi(word)
			if err != nil {
				return fmt.Errorf("-cpus: %w", err)
			}
			set.Set(n)
		}
		if err := unix.SchedSetaffinity(0, &set); err != nil {
			return fmt.Errorf("-cpus %s: %w", *cpus, err)
		}
	}
	if *group != "" {
		if err := os.WriteFile(*group, []byte(strconv.Itoa(os.Getpid())), 0o600); err != nil {
			return fmt.Errorf("-group: %w", err)
		}
	}
	path, err := exec.LookPath(flags.Arg(0))
	if err != nil {
		return err
	}
	return unix.Exec(path, flags.Args(), os.Environ())
}
