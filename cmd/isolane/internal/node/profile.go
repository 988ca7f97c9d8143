package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/isolane/isolane/cmd/isolane/internal/admin"
	"github.com/isolane/isolane/jsruntime/cpuprofile"
	"github.com/isolane/isolane/jsruntime/function"
)

const (
	// profileEvery is the interval of the samples.
	profileEvery = time.Millisecond
	// profilePatience is how much longer than it was to be a profile may take: runtimes in a
	// long turn begin late, and end late.
	profilePatience = 10 * time.Second
	// maxProfile bounds a profile as it is answered, in bytes.
	maxProfile = 16 << 20
)

// profile takes a function's profile, one at a time on a node.
func (n *Node) profile(wanted admin.ProfileWanted) admin.Profiled {
	out := admin.Profiled{Node: n.cfg.Node.Name}
	if !n.profiling.TryLock() {
		out.Error = "another profile is taken on this node: try again when that has ended"
		return out
	}
	defer n.profiling.Unlock()
	if err := n.profileInto(&out, wanted); err != nil {
		out.Error = err.Error()
	}
	return out
}

func (n *Node) profileInto(out *admin.Profiled, wanted admin.ProfileWanted) error {
	if !(wanted.Seconds > 0 && wanted.Seconds <= admin.MaxProfileSeconds) {
		return fmt.Errorf("a profile takes over 0 and up to %d seconds", admin.MaxProfileSeconds)
	}
	o, served := n.functions.listing.offered(wanted.Function)
	switch {
	case !served:
		return fmt.Errorf("no function %q is served here: see isolane functions ls", wanted.Function)
	case o.fn.Manifest.Isolation == function.PerIsolate:
		return errors.New("with isolation: isolate each call has an isolate of its own, which ends with it: profile it with isolation: warm")
	case o.fn.Manifest.Engine == function.EngineQuickJS:
		return errors.New("engine: quickjs has no profiler: profile it with engine: v8")
	}
	during := time.Duration(wanted.Seconds * float64(time.Second))
	// The node's own end cuts it short.
	ctx, cancel := context.WithTimeout(n.alive, during+profilePatience)
	defer cancel()
	n.log.Info("a profile is taken", slog.String("function", wanted.Function), slog.Duration("for", during))
	raws, err := n.pool.Profile(ctx, wanted.Function, during)
	if err != nil {
		return err
	}
	out.Runtimes = len(raws)
	var best *cpuprofile.Profile
	for _, raw := range raws {
		p, err := cpuprofile.Parse(raw.Raw)
		if err != nil {
			return err
		}
		mine := p.Of(o.fn.Bundle.Origin, o.fn.Bundle, profileEvery)
		if hits := mine.Hits(); best == nil || hits > out.Hits {
			best, out.Hits, out.Runtime = mine, hits, raw.Runtime
		}
	}
	if out.Profile, err = json.Marshal(best); err != nil {
		return fmt.Errorf("encode the profile: %w", err)
	}
	if len(out.Profile) > maxProfile {
		size := len(out.Profile)
		out.Profile = nil
		return fmt.Errorf("the profile is %d bytes, over the limit of %d: take a shorter one", size, maxProfile)
	}
	return nil
}
