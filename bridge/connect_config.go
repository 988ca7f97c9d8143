package bridge

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/jsruntime/function"
)

// ConnectConfig says which NATS server to connect to, and as whom. Begin with
// DefaultConnectConfig.
type ConnectConfig struct {
	// URLs are the servers, any one of which will do: nats://host:port,
	// tls://host:port, ws://, wss:// or host:port. Unused with InProcess.
	URLs []string
	// InProcess, where set, is the embedded server itself; no socket is opened.
	InProcess nats.InProcessConnProvider
	// Name is what the server's monitoring shows for this connection.
	Name string

	// One way of saying who we are, at most: User and Password, Token, CredsFile
	// (JWT and seed), or NkeyFile (seed). Files are read again at each reconnect.
	User, Password string
	Token          string
	CredsFile      string
	NkeyFile       string

	// InboxPrefix stands before the subjects of replies, so that a user may be granted his
	// own alone; "" is the client's, "_INBOX".
	InboxPrefix string

	// CAFile holds the certificates that the server's is checked against; "" is
	// the system's. CertFile and KeyFile are ours, both or none. Any of them
	// demands TLS. The server's certificate is always checked.
	CAFile            string
	CertFile, KeyFile string

	// AttemptTimeout bounds one attempt to reach one server.
	AttemptTimeout time.Duration
	// RetryWait is the pause after the first failed attempt of Connect; it
	// doubles up to RetryMax. Connect itself ends with its context.
	RetryWait, RetryMax time.Duration
	// ReconnectWait is the pause between attempts to make a lost connection
	// again, for ever, and ReconnectJitter the most that is added to it by
	// chance, so that nodes do not come back all at once.
	ReconnectWait, ReconnectJitter time.Duration
	// ReconnectBuffer bounds the replies that wait while the connection is lost,
	// in bytes. What is over is lost, counted and logged.
	ReconnectBuffer int
	// PingInterval is how often an idle connection is probed; after two probes
	// without an answer it counts as lost.
	PingInterval time.Duration
	// FlushTimeout bounds a write to a socket that takes no more bytes. A
	// publish may block for that long.
	FlushTimeout time.Duration
	// Events, where set, counts what befalls the connection.
	Events *ConnEvents
}

// DefaultConnectConfig connects to the default port on this machine.
func DefaultConnectConfig() ConnectConfig {
	return ConnectConfig{
		URLs:            []string{nats.DefaultURL},
		Name:            "isolane",
		AttemptTimeout:  2 * time.Second,
		RetryWait:       100 * time.Millisecond,
		RetryMax:        5 * time.Second,
		ReconnectWait:   250 * time.Millisecond,
		ReconnectJitter: 250 * time.Millisecond,
		ReconnectBuffer: 32 << 20,
		PingInterval:    20 * time.Second,
		FlushTimeout:    10 * time.Second,
	}
}

// Validate reports every fault at once; it reads no file. The error wraps
// ErrInvalidConfig.
func (c ConnectConfig) Validate() error {
	faults := []error{c.validateIdentity(), c.validateTimes()}
	if len(c.URLs) == 0 && c.InProcess == nil {
		faults = append(faults, errors.New("URLs is empty: name a NATS server"))
	}
	for _, u := range c.URLs {
		if err := validateURL(u); err != nil {
			faults = append(faults, err)
		}
	}
	if (c.CertFile == "") != (c.KeyFile == "") {
		faults = append(faults, errors.New("CertFile and KeyFile go together: give both or none"))
	}
	if c.InboxPrefix != "" {
		if fault := function.SubjectFault(c.InboxPrefix); fault != "" {
			faults = append(faults, fmt.Errorf("InboxPrefix %q: %s", c.InboxPrefix, fault))
		}
	}
	return invalidConfig(faults)
}

// validateIdentity demands one way of saying who we are, at most.
func (c ConnectConfig) validateIdentity() error {
	var ways []string
	for _, way := range []struct {
		name string
		set  bool
	}{
		{"User and Password", c.User != "" || c.Password != ""},
		{"Token", c.Token != ""},
		{"CredsFile", c.CredsFile != ""},
		{"NkeyFile", c.NkeyFile != ""},
	} {
		if way.set {
			ways = append(ways, way.name)
		}
	}
	var faults []error
	if len(ways) > 1 {
		faults = append(faults, fmt.Errorf("%s exclude one another: keep one", strings.Join(ways, ", ")))
	}
	if c.User == "" && c.Password != "" {
		faults = append(faults, errors.New("a Password without User"))
	}
	return errors.Join(faults...)
}

func (c ConnectConfig) validateTimes() error {
	var faults []error
	for _, t := range []struct {
		name string
		d    time.Duration
	}{
		{"AttemptTimeout", c.AttemptTimeout},
		{"RetryWait", c.RetryWait},
		{"ReconnectWait", c.ReconnectWait},
		{"PingInterval", c.PingInterval},
		{"FlushTimeout", c.FlushTimeout},
	} {
		if t.d <= 0 {
			faults = append(faults, fmt.Errorf("%s is %s, must be over 0", t.name, t.d))
		}
	}
	if c.RetryMax < c.RetryWait {
		faults = append(faults, fmt.Errorf("RetryMax %s is under RetryWait %s", c.RetryMax, c.RetryWait))
	}
	if c.ReconnectJitter < 0 {
		faults = append(faults, fmt.Errorf("ReconnectJitter is %s, must not be under 0", c.ReconnectJitter))
	}
	if c.ReconnectBuffer <= 0 {
		faults = append(faults, fmt.Errorf("ReconnectBuffer is %d, must be over 0", c.ReconnectBuffer))
	}
	return errors.Join(faults...)
}

// validateURL never shows what is secret in a URL.
func validateURL(raw string) error {
	u, err := ParseURL(raw)
	if err != nil {
		return errors.New("a NATS URL cannot be read: write nats://host:port")
	}
	switch u.Scheme {
	case "nats", "tls", "ws", "wss":
	default:
		return fmt.Errorf("NATS URL %s: scheme must be nats, tls, ws or wss", ShownURL(raw))
	}
	if u.Hostname() == "" {
		return fmt.Errorf("NATS URL %s: names no host", ShownURL(raw))
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return fmt.Errorf("NATS URL %s: %q is no port", ShownURL(raw), port)
		}
	}
	return nil
}

// ParseURL reads the URL of a NATS server, and host:port as nats://host:port, as nats.go
// does.
func ParseURL(raw string) (*url.URL, error) {
	raw = strings.TrimSpace(raw)
	if !strings.Contains(raw, "://") {
		raw = "nats://" + raw
	}
	return url.Parse(raw)
}

// ShownURL is a server's URL as it may stand in a log: without user, password, token,
// path and query.
func ShownURL(raw string) string {
	u, err := ParseURL(raw)
	if err != nil {
		return "a URL that cannot be read"
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host}).String()
}

// shownURLs lists the servers for the log.
func (c ConnectConfig) shownURLs() string {
	if c.InProcess != nil {
		return "in process"
	}
	shown := make([]string, 0, len(c.URLs))
	for _, raw := range c.URLs {
		shown = append(shown, ShownURL(raw))
	}
	return strings.Join(shown, ",")
}
