package config

import (
	"fmt"
	"net/url"
	"time"
)

// The protocols of OTLP.
const (
	// ProtocolGRPC is OTLP over gRPC; port 4317 by convention.
	ProtocolGRPC = "grpc"
	// ProtocolHTTP is OTLP over HTTP, in protobuf; port 4318 by convention.
	ProtocolHTTP = "http"
)

// Tracing says which calls have spans made of them, and where these go.
type Tracing struct {
	// Endpoint is the URL of a collector that takes OTLP; "" makes no spans at all. With http
	// it is plain, with https it is TLS. Without a path, OTLP over HTTP goes to /v1/traces.
	Endpoint string `yaml:"endpoint"`
	// Protocol is ProtocolGRPC or ProtocolHTTP.
	Protocol string `yaml:"protocol"`
	// Ratio is the part of the traces that begin here which is recorded, 0 to 1.
	Ratio float64 `yaml:"ratio"`
	// ParentBased has a message that comes with a trace be recorded where that is, whatever
	// Ratio says. False asks Ratio for those too.
	ParentBased bool `yaml:"parentBased"`
	// Queue is how many spans wait to be sent; one more is dropped, and counted.
	Queue int `yaml:"queue"`
	// Batch is how many are sent at a time, Interval after how long fewer are.
	Batch    int           `yaml:"batch"`
	Interval time.Duration `yaml:"interval"`
}

func defaultTracing() Tracing {
	return Tracing{Protocol: ProtocolGRPC, Ratio: 1, ParentBased: true, Queue: 8192, Batch: 512, Interval: time.Second}
}

// On reports whether spans are made.
func (t Tracing) On() bool { return t.Endpoint != "" }

func (c *checker) tracing(t Tracing) {
	if t.Endpoint != "" {
		c.wrap("tracing.endpoint", checkEndpoint(t.Endpoint))
	}
	if t.Protocol != ProtocolGRPC && t.Protocol != ProtocolHTTP {
		c.fault([]string{"tracing.protocol"}, "%q: choose %s or %s", t.Protocol, ProtocolGRPC, ProtocolHTTP)
	}
	if !(t.Ratio >= 0 && t.Ratio <= 1) { // nor is it NaN
		c.fault([]string{"tracing.ratio"}, "is %v, must be 0 to 1: the part of the traces that is recorded", t.Ratio)
	}
	c.within("tracing.queue", t.Queue, 1, 1<<20)
	c.within("tracing.batch", t.Batch, 1, 1<<16)
	if t.Batch > t.Queue && t.Queue > 0 {
		c.fault([]string{"tracing.batch", "tracing.queue"}, "tracing.batch of %d is over tracing.queue of %d, and could never be full", t.Batch, t.Queue)
	}
	if t.Interval < time.Millisecond || t.Interval > time.Minute {
		c.fault([]string{"tracing.interval"}, "is %s, must be 1ms to 1m", t.Interval)
	}
}

// checkEndpoint never shows what is secret in a URL.
func checkEndpoint(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return fmt.Errorf("cannot be read: write http://host:port")
	case u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("the scheme must be http or https: write for instance http://127.0.0.1:4317")
	case u.Hostname() == "":
		return fmt.Errorf("names no host: write http://host:port")
	case u.User != nil || u.RawQuery != "":
		return fmt.Errorf("has a user, a password or a query in it: give what the collector asks for as a header, in OTEL_EXPORTER_OTLP_HEADERS")
	}
	return nil
}
