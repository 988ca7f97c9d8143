package function

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/isolane/isolane/jsruntime/function/yamlcheck"
)

// MinHeap is the smallest heap limit: a V8 isolate does not start with less.
const MinHeap = 16 * MiB

var (
	variablePattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	bucketPattern   = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
)

// UnmarshalText implements encoding.TextUnmarshaler: warm, context or isolate.
func (i *Isolation) UnmarshalText(text []byte) error {
	return oneOf(i, text, Warm, PerContext, PerIsolate)
}

// UnmarshalText implements encoding.TextUnmarshaler: v8, quickjs or auto.
func (e *Engine) UnmarshalText(text []byte) error {
	return oneOf(e, text, EngineV8, EngineQuickJS, EngineAuto)
}

// UnmarshalText implements encoding.TextUnmarshaler: high, normal or low.
func (p *Priority) UnmarshalText(text []byte) error {
	return oneOf(p, text, PriorityHigh, PriorityNormal, PriorityLow)
}

// oneOf sets v to the word text where it is among the known.
func oneOf[T ~string](v *T, text []byte, known ...T) error {
	if slices.Contains(known, T(text)) {
		*v = T(text)
		return nil
	}
	words := make([]string, len(known))
	for i, k := range known {
		words[i] = string(k)
	}
	hint := "use " + strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
	if near := yamlcheck.Nearest(string(text), words); near != "" {
		hint = "did you mean " + near + "?"
	}
	return fmt.Errorf("%s: %s", clip(string(text)), hint)
}

// Validate reports everything that is wrong with a manifest that did not come
// through ParseManifest. A zero limit means the node's default. The error wraps
// ErrInvalidManifest.
func (m Manifest) Validate() error {
	var faults []error
	fault := func(path, format string, args ...any) {
		faults = append(faults, fmt.Errorf("%s: "+format, append([]any{path}, args...)...))
	}
	if err := new(Isolation).UnmarshalText([]byte(m.Isolation)); err != nil {
		fault("isolation", "%v", err)
	}
	if err := new(Engine).UnmarshalText([]byte(m.Engine)); err != nil {
		fault("engine", "%v", err)
	}
	if m.Priority != "" {
		if err := new(Priority).UnmarshalText([]byte(m.Priority)); err != nil {
			fault("priority", "%v", err)
		}
	}
	m.check(func(path string) bool {
		switch l := m.Limits; path {
		case "limits.wall":
			return l.Wall != 0
		case "limits.cpu":
			return l.CPU != 0
		case "limits.heap":
			return l.Heap != 0
		case "limits.buffers":
			return l.Buffers != 0
		case "limits.inflight":
			return l.Inflight != 0
		case "limits.subrequests":
			return l.Subrequests != 0
		case "limits.timers":
			return l.Timers != 0
		case "limits.console":
			return l.Console != 0
		}
		return !strings.HasPrefix(path, "stream.") && !strings.HasSuffix(path, ".deliveries") // where zero is the default
	}, fault)
	if len(faults) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrInvalidManifest, errors.Join(faults...))
}

// check calls fault for each value that is out of range or contradicts another.
// set reports whether the manifest itself gives the value at a path.
func (m Manifest) check(set func(path string) bool, fault func(path, format string, args ...any)) {
	m.checkLimits(set, fault)
	m.checkPermissions(fault)
	m.checkStream(set, fault)
	m.checkKey(fault)
	m.checkRecord(fault)
	m.checkSchedule(set, fault)
	if m.Dedicated && m.Isolation == PerIsolate && set("dedicated") {
		fault("dedicated", "contradicts isolation: isolate, which makes a new isolate for each call: leave one of them out")
	}
	if m.Isolation == PerIsolate && set("limits.inflight") && m.Limits.Inflight > 1 {
		fault("limits.inflight", "contradicts isolation: isolate, where an isolate holds one call: leave it out")
	}
	for _, name := range slices.Sorted(maps.Keys(m.Env)) {
		if !variablePattern.MatchString(name) {
			fault("env."+name, "a variable's name is letters, digits and _, not beginning with a digit")
		}
	}
}

func (m Manifest) checkLimits(set func(path string) bool, fault func(path, format string, args ...any)) {
	l := m.Limits
	for _, limit := range []struct {
		name  string
		value int64
		text  string
		zero  string
	}{
		{"wall", int64(l.Wall), l.Wall.String(), ""},
		{"cpu", int64(l.CPU), l.CPU.String(), ""},
		{"heap", int64(l.Heap), l.Heap.String(), ""},
		{"buffers", int64(l.Buffers), l.Buffers.String(), ""},
		{"inflight", int64(l.Inflight), fmt.Sprint(l.Inflight), ""},
		{"subrequests", int64(l.Subrequests), fmt.Sprint(l.Subrequests), "; a function without permissions.net makes none"},
		{"timers", int64(l.Timers), fmt.Sprint(l.Timers), ""},
		{"console", int64(l.Console), fmt.Sprint(l.Console), ""},
	} {
		switch path := "limits." + limit.name; {
		case !set(path):
		case limit.value < 0:
			fault(path, "%s is negative", limit.text)
		case limit.value == 0:
			fault(path, "0 is no limit: leave the key out for the node's default%s", limit.zero)
		}
	}
	if set("limits.wall") && l.Wall > 0 && l.Wall < time.Millisecond {
		fault("limits.wall", "%v is less than 1ms", l.Wall)
	}
	if set("limits.cpu") && l.CPU > 0 && l.CPU < time.Millisecond {
		fault("limits.cpu", "%v is less than 1ms", l.CPU)
	}
	if set("limits.heap") && l.Heap > 0 && l.Heap < MinHeap {
		fault("limits.heap", "%v is less than an isolate needs to start, %v", l.Heap, MinHeap)
	}
	if set("limits.cpu") && set("limits.wall") && l.Wall > 0 && l.CPU > l.Wall {
		fault("limits.cpu", "%v is more than limits.wall, %v: time in JavaScript is part of the time from start to reply", l.CPU, l.Wall)
	}
}

func (m Manifest) checkPermissions(fault func(path, format string, args ...any)) {
	p := m.Permissions
	for i, pattern := range p.Net {
		if err := ValidateNetPattern(pattern); err != nil {
			fault(fmt.Sprintf("permissions.net[%d]", i), "%v", err)
		}
	}
	for i, name := range p.Env {
		if !variablePattern.MatchString(name) {
			fault(fmt.Sprintf("permissions.env[%d]", i), "%s: a variable's name is letters, digits and _, not beginning with a digit", clip(name))
		}
	}
	for i, bucket := range p.KV {
		if problem := bucketProblem(bucket); problem != "" {
			fault(fmt.Sprintf("permissions.kv[%d]", i), "%s: %s", clip(bucket), problem)
		}
	}
	for i, name := range p.Calls {
		if err := ValidateName(name); err != nil {
			fault(fmt.Sprintf("permissions.calls[%d]", i), "%v", err)
		}
	}
	checkSubjects("permissions.nats.publish", p.NATS.Publish, fault)
	checkSubjects("permissions.nats.request", p.NATS.Request, fault)
}

func checkSubjects(path string, patterns []string, fault func(path, format string, args ...any)) {
	for i, pattern := range patterns {
		if problem := grantProblem(pattern); problem != "" {
			fault(fmt.Sprintf("%s[%d]", path, i), "%s: %s", clip(pattern), problem)
		}
	}
}
