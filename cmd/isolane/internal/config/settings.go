package config

import (
	"strings"
	"unicode"
)

// setting is one key of the configuration, and the ways to set it.
type setting struct {
	// key is the path in the file; envName makes the variable's name of it.
	key string
	// flag is the command line's name for it, "" for none, arg what stands for
	// its value in the help text, and help that text.
	flag, arg, help string
	// secret values are not shown.
	secret bool
	// field points to the value in c: *string, *int, *float64, *bool, *time.Duration or
	// *function.Bytes.
	field func(c *Config) any
}

// settings lists every key but those under env, in the order of the file.
func settings() []setting {
	return []setting{
		{key: "node.name", flag: "name", arg: "NODE", help: "the node's name (default: the host's)", field: func(c *Config) any { return &c.Node.Name }},
		{key: "functions", flag: "functions", arg: "DIR", help: "folder of functions; watched, a saved file is live within a second", field: func(c *Config) any { return &c.Functions }},
		{key: "deploy.bucket", field: func(c *Config) any { return &c.Deploy.Bucket }},
		{key: "deploy.replicas", field: func(c *Config) any { return &c.Deploy.Replicas }},
		{key: "deploy.sweep", field: func(c *Config) any { return &c.Deploy.Sweep }},
		{key: "data", flag: "data", arg: "DIR", help: "folder for what the embedded NATS server keeps", field: func(c *Config) any { return &c.Data }},

		{key: "nats.url", flag: "nats", arg: "URL", help: "NATS server to use; without it the node runs one itself", field: func(c *Config) any { return &c.NATS.URL }},
		{key: "nats.listen", flag: "nats-listen", arg: "HOST:PORT", help: "where the embedded NATS server listens, port 0 picks one (default: " + DefaultListen + ")", field: func(c *Config) any { return &c.NATS.Listen }},
		{key: "nats.user", flag: "nats-user", arg: "NAME", help: "user for --nats", field: func(c *Config) any { return &c.NATS.User }},
		{key: "nats.password", flag: "nats-password", arg: "PASSWORD", help: "password for --nats; ISOLANE_NATS_PASSWORD keeps it out of the process list", secret: true, field: func(c *Config) any { return &c.NATS.Password }},
		{key: "nats.token", flag: "nats-token", arg: "TOKEN", help: "token for --nats; ISOLANE_NATS_TOKEN keeps it out of the process list", secret: true, field: func(c *Config) any { return &c.NATS.Token }},
		{key: "nats.creds", flag: "nats-creds", arg: "FILE", help: "credentials file (JWT and seed) for --nats", field: func(c *Config) any { return &c.NATS.Creds }},
		{key: "nats.nkey", flag: "nats-nkey", arg: "FILE", help: "nkey seed file for --nats", field: func(c *Config) any { return &c.NATS.NKey }},
		{key: "nats.inbox", flag: "nats-inbox", arg: "PREFIX", help: "what stands before the subjects of replies, where the user may subscribe to those alone (default: _INBOX)", field: func(c *Config) any { return &c.NATS.Inbox }},
		{key: "nats.tls.ca", flag: "nats-tls-ca", arg: "FILE", help: "certificates to check the server of --nats against", field: func(c *Config) any { return &c.NATS.TLS.CA }},
		{key: "nats.tls.cert", flag: "nats-tls-cert", arg: "FILE", help: "client certificate for --nats", field: func(c *Config) any { return &c.NATS.TLS.Cert }},
		{key: "nats.tls.key", flag: "nats-tls-key", arg: "FILE", help: "key of the client certificate", field: func(c *Config) any { return &c.NATS.TLS.Key }},
		{key: "nats.prefix", field: func(c *Config) any { return &c.NATS.Prefix }},
		{key: "nats.queueGroup", field: func(c *Config) any { return &c.NATS.QueueGroup }},
		{key: "nats.receipts", field: func(c *Config) any { return &c.NATS.Receipts }},

		{key: "runtimes.count", flag: "runtimes", arg: "N", help: "number of isolates (default: the number of CPUs)", field: func(c *Config) any { return &c.Runtimes.Count }},
		{key: "runtimes.maxInflight", field: func(c *Config) any { return &c.Runtimes.MaxInflight }},
		{key: "runtimes.queue", field: func(c *Config) any { return &c.Runtimes.Queue }},
		{key: "runtimes.shedTarget", field: func(c *Config) any { return &c.Runtimes.ShedTarget }},
		{key: "runtimes.shedInterval", field: func(c *Config) any { return &c.Runtimes.ShedInterval }},
		{key: "runtimes.policy", field: func(c *Config) any { return &c.Runtimes.Policy }},
		{key: "runtimes.affinity", field: func(c *Config) any { return &c.Runtimes.Affinity }},
		{key: "runtimes.backoff", field: func(c *Config) any { return &c.Runtimes.Backoff }},
		{key: "runtimes.quarantine", field: func(c *Config) any { return &c.Runtimes.Quarantine }},
		{key: "runtimes.faulty", field: func(c *Config) any { return &c.Runtimes.Faulty }},
		{key: "runtimes.contexts", field: func(c *Config) any { return &c.Runtimes.Contexts }},

		{key: "runtimes.maxDedicated", field: func(c *Config) any { return &c.Runtimes.MaxDedicated }},
		{key: "runtimes.maxStuck", field: func(c *Config) any { return &c.Runtimes.MaxStuck }},
		{key: "runtimes.maxHops", field: func(c *Config) any { return &c.Runtimes.MaxHops }},
		{key: "runtimes.min", field: func(c *Config) any { return &c.Runtimes.Min }},
		{key: "runtimes.max", field: func(c *Config) any { return &c.Runtimes.Max }},
		{key: "cluster.gossip", flag: "gossip", arg: "HOST:PORT", help: "be a member of a cluster, and listen here (TCP and UDP) for the others", field: func(c *Config) any { return &c.Cluster.Gossip }},
		{key: "cluster.join", flag: "join", arg: "HOST:PORT,...", help: "members to join by: names or addresses; tried for ever", field: func(c *Config) any { return &c.Cluster.Join }},
		{key: "cluster.remote", flag: "remote", arg: "HOST:PORT", help: "where members reach this one for calls (default: --gossip's host and next port)", field: func(c *Config) any { return &c.Cluster.Remote }},
		{key: "cluster.advertise", field: func(c *Config) any { return &c.Cluster.Advertise }},
		{key: "cluster.remoteAdvertise", field: func(c *Config) any { return &c.Cluster.RemoteAdvertise }},
		{key: "cluster.name", field: func(c *Config) any { return &c.Cluster.Name }},
		{key: "cluster.keys", secret: true, field: func(c *Config) any { return &c.Cluster.Keys }},
		{key: "cluster.weight", field: func(c *Config) any { return &c.Cluster.Weight }},
		{key: "cluster.acceptTimeout", field: func(c *Config) any { return &c.Cluster.AcceptTimeout }},
		{key: "cluster.spillAt", field: func(c *Config) any { return &c.Cluster.SpillAt }},
		{key: "cluster.tls.ca", field: func(c *Config) any { return &c.Cluster.TLS.CA }},
		{key: "cluster.tls.cert", field: func(c *Config) any { return &c.Cluster.TLS.Cert }},
		{key: "cluster.tls.key", field: func(c *Config) any { return &c.Cluster.TLS.Key }},
		{key: "cluster.preset", field: func(c *Config) any { return &c.Cluster.Preset }},
		{key: "cluster.timings.probeInterval", field: func(c *Config) any { return &c.Cluster.Timings.ProbeInterval }},
		{key: "cluster.timings.probeTimeout", field: func(c *Config) any { return &c.Cluster.Timings.ProbeTimeout }},
		{key: "cluster.timings.suspicionMult", field: func(c *Config) any { return &c.Cluster.Timings.SuspicionMult }},
		{key: "cluster.timings.gossipInterval", field: func(c *Config) any { return &c.Cluster.Timings.GossipInterval }},
		{key: "keyed.keys", field: func(c *Config) any { return &c.Keyed.Keys }},
		{key: "keyed.bytes", field: func(c *Config) any { return &c.Keyed.Bytes }},
		{key: "keyed.idle", field: func(c *Config) any { return &c.Keyed.Idle }},
		{key: "keyed.memory", field: func(c *Config) any { return &c.Keyed.Memory }},
		{key: "keyed.alarms", field: func(c *Config) any { return &c.Keyed.Alarms }},
		{key: "limits.wall", field: func(c *Config) any { return &c.Limits.Wall }},
		{key: "limits.cpu", field: func(c *Config) any { return &c.Limits.CPU }},
		{key: "limits.heap", field: func(c *Config) any { return &c.Limits.Heap }},
		{key: "limits.buffers", field: func(c *Config) any { return &c.Limits.Buffers }},
		{key: "limits.inflight", field: func(c *Config) any { return &c.Limits.Inflight }},
		{key: "limits.subrequests", field: func(c *Config) any { return &c.Limits.Subrequests }},
		{key: "limits.timers", field: func(c *Config) any { return &c.Limits.Timers }},
		{key: "limits.console", field: func(c *Config) any { return &c.Limits.Console }},

		{key: "http.listen", flag: "http", arg: "HOST:PORT", help: "where the page, metrics and health are; port 0 picks one, off is nowhere (default: " + DefaultHTTP + ", or a free port)", field: func(c *Config) any { return &c.HTTP.Listen }},
		{key: "http.token", secret: true, field: func(c *Config) any { return &c.HTTP.Token }},
		{key: "http.tls.ca", field: func(c *Config) any { return &c.HTTP.TLS.CA }},
		{key: "http.tls.cert", field: func(c *Config) any { return &c.HTTP.TLS.Cert }},
		{key: "http.tls.key", field: func(c *Config) any { return &c.HTTP.TLS.Key }},
		{key: "http.functions", field: func(c *Config) any { return &c.HTTP.Functions }},
		{key: "http.reports", field: func(c *Config) any { return &c.HTTP.Reports }},
		{key: "tracing.endpoint", flag: "otlp", arg: "URL", help: "collector that takes spans over OTLP, for instance http://127.0.0.1:4317 (default: none are made)", field: func(c *Config) any { return &c.Tracing.Endpoint }},
		{key: "tracing.protocol", field: func(c *Config) any { return &c.Tracing.Protocol }},
		{key: "tracing.ratio", field: func(c *Config) any { return &c.Tracing.Ratio }},
		{key: "tracing.parentBased", field: func(c *Config) any { return &c.Tracing.ParentBased }},
		{key: "tracing.queue", field: func(c *Config) any { return &c.Tracing.Queue }},
		{key: "tracing.batch", field: func(c *Config) any { return &c.Tracing.Batch }},
		{key: "tracing.interval", field: func(c *Config) any { return &c.Tracing.Interval }},
		{key: "log.level", flag: "log-level", arg: "LEVEL", help: "debug, info, warn or error", field: func(c *Config) any { return &c.Log.Level }},
		{key: "log.format", flag: "log-format", arg: "FORMAT", help: "text or json", field: func(c *Config) any { return &c.Log.Format }},
		{key: "log.subject", field: func(c *Config) any { return &c.Log.Subject }},
		{key: "grace", flag: "grace", arg: "DURATION", help: "how long a drain waits for invocations in flight", field: func(c *Config) any { return &c.Grace }},
	}
}

// envKeyPrefix is the path of the functions' variables, the one key that holds a
// map.
const envKeyPrefix = "env."

// envName is the environment variable of a key: runtimes.maxInflight becomes
// ISOLANE_RUNTIMES_MAX_INFLIGHT.
func envName(key string) string {
	var b strings.Builder
	b.WriteString("ISOLANE_")
	for _, r := range key {
		switch {
		case r == '.':
			b.WriteByte('_')
		case unicode.IsUpper(r):
			b.WriteByte('_')
			b.WriteRune(r)
		default:
			b.WriteRune(unicode.ToUpper(r))
		}
	}
	return b.String()
}
