package config

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nkeys"

	"github.com/isolane/isolane/actors"
	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/bridge/subject"
	"github.com/isolane/isolane/jsruntime/function"
)

const (
	maxNodeName = 63
	// maxRuntimes bounds typing errors: an isolate takes a megabyte idle, and its
	// heap limit when it is not.
	maxRuntimes = 1024
	// minHeap is what V8 needs to run anything.
	minHeap = 16 * function.MiB
)

// checker collects faults.
type checker struct {
	faults []Fault
}

// fault adds one; keys are what it concerns.
func (c *checker) fault(keys []string, format string, args ...any) {
	c.faults = append(c.faults, Fault{Keys: keys, Message: fmt.Sprintf(format, args...)})
}

// wrap adds err, unless it is nil.
func (c *checker) wrap(key string, err error) {
	if err != nil {
		c.fault([]string{key}, "%s", err)
	}
}

// Validate reports every fault at once, relations between fields included, in an
// *Error. It opens no file.
func (c Config) Validate() error {
	var check checker
	check.node(c)
	check.deploy(c)
	check.nats(c.NATS, c.Data)
	check.identity(c.NATS)
	check.runtimes(c.Runtimes)
	check.cluster(c)
	check.keyed(c.Keyed)
	check.limits(c)
	check.http(c.HTTP)
	check.tracing(c.Tracing)
	check.log(c.Log)
	check.logSubject(c)
	if c.Grace < 0 || c.Grace > 24*time.Hour {
		check.fault([]string{"grace"}, "is %s, must be 0 to 24h", c.Grace)
	}
	return asError(check.faults)
}

func (c *checker) node(cfg Config) {
	switch name := cfg.Node.Name; {
	case len(name) > maxNodeName:
		c.fault([]string{"node.name"}, "is longer than %d characters", maxNodeName)
	case strings.ContainsFunc(name, func(r rune) bool { return !isNameByte(r) }):
		c.fault([]string{"node.name"}, "%q: use letters, digits, - and _: the name is part of NATS subjects", name)
	}
}

func isNameByte(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_'
}

func (c *checker) nats(n NATS, data string) {
	if n.URL != "" {
		for raw := range strings.SplitSeq(n.URL, ",") {
			c.wrap("nats.url", checkURL(raw))
		}
		if n.Listen != "" {
			c.fault([]string{"nats.url", "nats.listen"}, "contradicts nats.listen: the node uses a NATS server or runs one; keep one of the two")
		}
	} else {
		if data == "" {
			c.fault([]string{"data"}, "names no folder, and the embedded NATS server needs one")
		}
		c.embeddedOnly(n)
	}
	if n.Listen != "" {
		c.wrap("nats.listen", checkListen(n.Listen))
	}
	c.wrap("nats.prefix", subject.ValidatePrefix(n.Prefix))
	if n.Prefix == adminPrefix || strings.HasPrefix(n.Prefix, adminPrefix+".") {
		c.fault([]string{"nats.prefix"}, "%q is where nodes answer questions about themselves: choose another", n.Prefix)
	}
	c.wrap("nats.queueGroup", subject.ValidateQueue(n.QueueGroup))
}

// adminPrefix is the first token of the subjects that package admin answers.
const adminPrefix = "isolane"

// embeddedOnly refuses what would be ignored without nats.url.
func (c *checker) embeddedOnly(n NATS) {
	for _, s := range settings() {
		rest, ok := strings.CutPrefix(s.key, "nats.")
		if !ok || rest == "url" || rest == "listen" || rest == "prefix" || rest == "queueGroup" {
			continue
		}
		if value, _ := s.field(&Config{NATS: n}).(*string); value != nil && *value != "" {
			c.fault([]string{s.key}, "is for a server named by nats.url: the embedded one takes local connections without")
		}
	}
}

// identity demands one way of saying who the node is, at most.
func (c *checker) identity(n NATS) {
	var ways []string
	for _, way := range []struct{ key, value string }{
		{"nats.user", n.User}, {"nats.token", n.Token}, {"nats.creds", n.Creds}, {"nats.nkey", n.NKey},
	} {
		if way.value != "" {
			ways = append(ways, way.key)
		}
	}
	if len(ways) > 1 {
		c.fault(ways, "%s exclude one another: keep one", strings.Join(ways, ", "))
	}
	// What is a secret itself would be shown as the name of a file.
	if strings.Contains(n.Creds, "-----BEGIN") {
		c.fault([]string{"nats.creds"}, "holds credentials: write them to a file, and name the file")
	}
	if _, err := nkeys.FromSeed([]byte(n.NKey)); err == nil {
		c.fault([]string{"nats.nkey"}, "is a seed: write it to a file, and name the file")
	}
	if n.Inbox != "" {
		if fault := function.SubjectFault(n.Inbox); fault != "" {
			c.fault([]string{"nats.inbox"}, "%q %s: write words divided by points, as _INBOX.node", n.Inbox, fault)
		}
	}
	if n.Password != "" && n.User == "" {
		c.fault([]string{"nats.password"}, "without nats.user: give both")
	}
	if len(ways) > 0 && strings.Contains(n.URL, "@") {
		c.fault(append([]string{"nats.url"}, ways...), "names a user, and so does %s: keep one", ways[0])
	}
	if (n.TLS.Cert == "") != (n.TLS.Key == "") {
		c.fault([]string{"nats.tls.cert", "nats.tls.key"}, "nats.tls.cert and nats.tls.key go together: give both or none")
	}
}

func (c *checker) runtimes(r Runtimes) {
	c.within("runtimes.count", r.Count, 0, maxRuntimes)
	c.within("runtimes.maxInflight", r.MaxInflight, 1, 1<<20)
	c.within("runtimes.queue", r.Queue, 1, 1<<20)
	if r.ShedTarget < 0 || r.ShedTarget > time.Hour {
		c.fault([]string{"runtimes.shedTarget"}, "is %s, must be 0 to 1h; 0 refuses nothing for waiting", r.ShedTarget)
	} else if r.ShedTarget > 0 && (r.ShedInterval < r.ShedTarget || r.ShedInterval > time.Hour) {
		c.fault([]string{"runtimes.shedInterval", "runtimes.shedTarget"}, "runtimes.shedInterval is %s, must be runtimes.shedTarget (%s) to 1h: several times as long", r.ShedInterval, r.ShedTarget)
	}
	if r.Quarantine < 0 {
		c.fault([]string{"runtimes.quarantine"}, "%d: it is how many isolates a function may cost; 0 refuses none", r.Quarantine)
	}
	if r.Faulty != "" {
		if err := function.ValidateName(r.Faulty); err != nil {
			c.fault([]string{"runtimes.faulty"}, "%v; it is a function whose calls are to panic", err)
		}
	}
	if _, err := actors.ParsePolicy(r.Policy); err != nil {
		c.fault([]string{"runtimes.policy"}, "%q: use pull, hash, round-robin or random", r.Policy)
	}
	c.within("runtimes.contexts", r.Contexts, 1, 1<<16)
	c.within("runtimes.maxDedicated", r.MaxDedicated, 0, maxRuntimes)
	c.within("runtimes.maxStuck", r.MaxStuck, 0, maxRuntimes)
	c.within("runtimes.maxHops", r.MaxHops, 1, function.MaxDepth)
	c.within("runtimes.max", r.Max, 1, maxRuntimes)
	c.within("runtimes.min", r.Min, 0, maxRuntimes)
	if r.Min > r.Max {
		c.fault([]string{"runtimes.min", "runtimes.max"}, "runtimes.min of %d is over runtimes.max of %d: the node scales between them; 0 leaves it at runtimes.count", r.Min, r.Max)
	}
	if r.Min > 0 && r.Count > 0 && (r.Count < r.Min || r.Count > r.Max) {
		c.fault([]string{"runtimes.count", "runtimes.min", "runtimes.max"}, "runtimes.count of %d is not within runtimes.min of %d and runtimes.max of %d, between which the node scales: leave it out", r.Count, r.Min, r.Max)
	}
}

func (c *checker) within(key string, n, low, high int) {
	if n < low || n > high {
		c.fault([]string{key}, "is %d, must be %d to %d", n, low, high)
	}
}

func (c *checker) limits(cfg Config) {
	l := cfg.Limits
	for _, d := range []struct {
		key   string
		value time.Duration
	}{{"limits.wall", l.Wall}, {"limits.cpu", l.CPU}} {
		if d.value < time.Millisecond || d.value > 24*time.Hour {
			c.fault([]string{d.key}, "is %s, must be 1ms to 24h", d.value)
		}
	}
	if l.CPU > l.Wall {
		c.fault([]string{"limits.cpu", "limits.wall"}, "limits.cpu of %s is over limits.wall of %s, and could never be reached", l.CPU, l.Wall)
	}
	if l.Heap < minHeap || l.Heap > 16*function.GiB {
		c.fault([]string{"limits.heap"}, "is %s, must be 16MiB to 16GiB: V8 needs that much to run anything", shown(&l.Heap))
	}
	if l.Buffers < function.MiB || l.Buffers > 64*function.GiB {
		c.fault([]string{"limits.buffers"}, "is %s, must be 1MiB to 64GiB", shown(&l.Buffers))
	}
	c.within("limits.inflight", l.Inflight, 1, 1<<20)
	c.within("limits.subrequests", l.Subrequests, 1, 1<<20)
	c.within("limits.timers", l.Timers, 1, 1<<20)
	c.within("limits.console", l.Console, 1, 1<<20)
	if l.Inflight > cfg.Runtimes.MaxInflight && cfg.Runtimes.MaxInflight > 0 {
		c.fault([]string{"limits.inflight", "runtimes.maxInflight"}, "limits.inflight of %d is over runtimes.maxInflight of %d, and could never be reached", l.Inflight, cfg.Runtimes.MaxInflight)
	}
}

func (c *checker) log(l Log) {
	switch l.Level {
	case "debug", "info", "warn", "error":
	default:
		c.fault([]string{"log.level"}, "%q: choose debug, info, warn or error", l.Level)
	}
	switch l.Format {
	case "text", "json":
	default:
		c.fault([]string{"log.format"}, "%q: choose text or json", l.Format)
	}
}

// checkURL never shows what is secret in a URL.
func checkURL(raw string) error {
	u, err := bridge.ParseURL(raw)
	switch {
	case err != nil:
		return errors.New("cannot be read: write nats://host:port")
	case u.Scheme != "nats" && u.Scheme != "tls" && u.Scheme != "ws" && u.Scheme != "wss":
		return fmt.Errorf("%s: the scheme must be nats, tls, ws or wss", bridge.ShownURL(raw))
	case u.Hostname() == "":
		return fmt.Errorf("%s: names no host: write nats://host:port", bridge.ShownURL(raw))
	}
	return nil
}

func checkListen(address string) error {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%q: write host:port, for instance %s", address, DefaultListen)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return fmt.Errorf("%q: the port must be 0 to 65535", address)
	}
	return nil
}
