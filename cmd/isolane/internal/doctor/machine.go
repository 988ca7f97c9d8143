package doctor

import (
	"context"
	"fmt"
	"net"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/isolane/isolane/cmd/isolane/internal/config"
)

const (
	// fewFiles is too few for a node at all, someFiles for one under load: each connection of
	// fetch is one, and the server inside has one for each client and for each stream's files.
	fewFiles, someFiles = 1024, 8192
	// otherMemory is what a node takes beside its isolates: Go, V8, the server inside.
	otherMemory = 256 << 20
	// littleDisk is where a warning is due, noDisk where the server inside would stop.
	littleDisk, noDisk = 1 << 30, 64 << 20
)

func (d *Doctor) files() Finding {
	const check = "open files"
	soft, hard, err := d.System.OpenFiles()
	switch found := fmt.Sprintf("%d may be open at once", soft); {
	case err != nil:
		return Finding{Check: check, Status: Warn, Found: err.Error(), Advice: "see that a process may have some thousands of files open"}
	case soft < fewFiles:
		return Finding{Check: check, Status: Fail, Found: found, Advice: raiseFiles(hard)}
	case soft < someFiles:
		return Finding{Check: check, Status: Warn, Found: found, Advice: raiseFiles(hard)}
	default:
		return ok(check, "%s", found)
	}
}

func raiseFiles(hard uint64) string {
	if hard >= someFiles {
		return "ulimit -n 65536 before it starts, or LimitNOFILE=65536 in its systemd unit: each connection is a file"
	}
	return fmt.Sprintf("the hard limit is %d: raise it as root (LimitNOFILE=65536 of a systemd unit, --ulimit nofile=65536 of docker): each connection is a file", hard)
}

// memory compares what the isolates may fill with what there is.
func (d *Doctor) memory(c config.Config) Finding {
	const check = "memory"
	there, err := d.System.Memory()
	if err != nil {
		return Finding{Check: check, Status: Warn, Found: err.Error(), Advice: "see that there is room for runtimes.count isolates of limits.heap and limits.buffers"}
	}
	n := c.RuntimeCount()
	each := uint64(max(0, c.Limits.Heap)) + uint64(max(0, c.Limits.Buffers)) //nolint:gosec // not negative
	all := uint64(max(0, n))*each + otherMemory                              //nolint:gosec // not negative
	found := fmt.Sprintf("%s there; %d runtimes of %s may fill %s, with %s for the rest", humanize.IBytes(there), n, humanize.IBytes(each), humanize.IBytes(all), humanize.IBytes(otherMemory))
	switch {
	case each+otherMemory > there:
		return Finding{Check: check, Status: Fail, Found: found, Advice: "not even one isolate fits: give it more memory, or lower limits.heap and limits.buffers"}
	case all > there:
		return Finding{Check: check, Status: Warn, Found: found, Advice: "the system ends the process where functions fill what they may: fewer runtimes (--runtimes), lower limits, or more memory"}
	}
	return ok(check, "%s", found)
}

// cpu compares runtimes with what the control group allows.
func (d *Doctor) cpu(c config.Config) Finding {
	const check = "cpu"
	cpus, n := d.System.CPUs(), c.RuntimeCount()
	found := fmt.Sprintf("%.3g CPUs, %d runtimes", cpus, n)
	switch {
	case cpus < 0.5:
		return Finding{Check: check, Status: Warn, Found: found, Advice: "the control group stops the node for a part of each 100 ms, and calls with it: give it a CPU"}
	case float64(n) > 2*max(1, cpus):
		return Finding{Check: check, Status: Warn, Found: found, Advice: fmt.Sprintf("more runtimes than CPUs compute no faster, and each takes memory: --runtimes %d", max(1, int(cpus)))}
	case 2*float64(n) < cpus:
		return Finding{Check: check, Status: Warn, Found: found, Advice: fmt.Sprintf("functions cannot use all CPUs: --runtimes %d", int(cpus))}
	}
	return ok(check, "%s", found)
}

// ports tries each address that the node would listen on.
func (d *Doctor) ports(ctx context.Context, c config.Config) []Finding {
	var findings []Finding
	for _, p := range []struct{ key, address string }{
		{"nats.listen", listens(c.Embedded(), c.NATS.Listen)},
		{"http.listen", listens(c.HTTP.Listen != config.HTTPOff, c.HTTP.Listen)},
		{"cluster.gossip", c.Cluster.Gossip},
		{"cluster.remote", listens(c.Cluster.Gossip != "", c.Cluster.Remote)},
	} {
		if _, port, err := net.SplitHostPort(p.address); err != nil || port == "0" {
			continue // none, or any that is free
		}
		check := "port " + p.key
		err := d.System.Listen(ctx, p.address)
		switch {
		case d.Running && err != nil:
			findings = append(findings, ok(check, "%s is taken, by the node that runs", p.address))
		case d.Running:
			findings = append(findings, Finding{Check: check, Status: Fail, Found: p.address + " is free, and the node is said to run", Advice: "start it, or leave --running out"})
		case err != nil:
			findings = append(findings, Finding{Check: check, Status: Fail, Found: err.Error(), Advice: "end what listens there (ss -ltnp), or set another " + p.key + "; where it is this node, say --running"})
		default:
			findings = append(findings, ok(check, "%s is free", p.address))
		}
	}
	return findings
}

func listens(does bool, address string) string {
	if !does {
		return ""
	}
	return strings.TrimSpace(address)
}

// disk looks at the folder of the server inside.
func (d *Doctor) disk(c config.Config) []Finding {
	const check = "data"
	if !c.Embedded() {
		return nil
	}
	free, err := d.System.Disk(c.Data)
	found := fmt.Sprintf("%s free for %s", humanize.IBytes(free), c.Data)
	switch {
	case err != nil:
		return []Finding{{Check: check, Status: Fail, Found: err.Error(), Advice: "streams and deployed functions are kept there: name another folder with --data"}}
	case free < noDisk:
		return []Finding{{Check: check, Status: Fail, Found: found, Advice: "make room, or name another folder with --data"}}
	case free < littleDisk:
		return []Finding{{Check: check, Status: Warn, Found: found, Advice: "streams stop taking messages when it is full: make room"}}
	}
	return []Finding{ok(check, "%s", found)}
}
