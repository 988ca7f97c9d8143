package doctor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/cmd/isolane/internal/config"
)

const (
	// oldServer is a server without message schedules, which ctx.nats.publish with delay needs.
	oldServer = "2.12.0"
	// slowTrip is a round trip that costs each call.
	slowTrip = 50 * time.Millisecond
	// someSkew and muchSkew are how far clocks may differ.
	someSkew, muchSkew = 500 * time.Millisecond, 10 * time.Second
)

// nats connects as the node would, and looks at what is there.
func (d *Doctor) nats(ctx context.Context, c config.Config) []Finding {
	if c.Embedded() && !d.Running {
		return []Finding{ok("nats", "inside the node, on %s", c.NATS.Listen), ok("jetstream", "inside the node"), ok("clock", "the server is the node itself")}
	}
	cfg := c.NATS.Connect()
	if c.Embedded() {
		cfg.URLs = []string{"nats://" + c.NATS.Listen}
	}
	cfg.Name = "isolane doctor"
	connecting, cancel := context.WithTimeout(ctx, d.Timeout)
	defer cancel()
	conn, err := bridge.Connect(connecting, cfg, nil)
	if err != nil {
		return []Finding{{Check: "nats", Status: Fail, Found: err.Error(), Advice: "see that a server runs there, that nothing is between (nc -vz HOST PORT), and what it lets the user do"}}
	}
	defer conn.Close()
	findings := []Finding{d.server(connecting, conn)}
	js, err := jetstream.New(conn)
	if err == nil {
		var info *jetstream.AccountInfo
		if info, err = js.AccountInfo(connecting); err == nil {
			return append(findings, storage(info), d.clock(connecting, js))
		}
	}
	return append(findings, Finding{Check: "jetstream", Status: Warn, Found: err.Error(), Advice: jetStreamAdvice(err)})
}

func jetStreamAdvice(err error) string {
	what := "without it nothing can be deployed, and streams, schedules and buckets do not work"
	if errors.Is(err, nats.ErrPermissionViolation) {
		return "the user may not use $JS.API.>: grant it; " + what
	}
	return "start the server with -js, and enable it for the account; " + what
}

// server looks at the server's version and at the way to it.
func (d *Doctor) server(ctx context.Context, conn *nats.Conn) Finding {
	const check = "nats"
	began := time.Now()
	if err := conn.FlushWithContext(ctx); err != nil {
		return Finding{Check: check, Status: Fail, Found: err.Error(), Advice: "the server takes connections and does not answer: see its log"}
	}
	trip := time.Since(began)
	found := fmt.Sprintf("%s, version %s, %s away", bridge.ShownURL(conn.ConnectedUrl()), conn.ConnectedServerVersion(), trip.Round(10*time.Microsecond))
	switch {
	case older(conn.ConnectedServerVersion(), oldServer):
		return Finding{Check: check, Status: Warn, Found: found, Advice: "messages for later (publish with delay) need " + oldServer + ": update the server"}
	case trip > slowTrip:
		return Finding{Check: check, Status: Warn, Found: found, Advice: "each call takes as long at least: have the server nearer"}
	}
	return ok(check, "%s", found)
}

// older compares versions by their numbers.
func older(version, than string) bool {
	var a, b [3]int
	if n, _ := fmt.Sscanf(version, "%d.%d.%d", &a[0], &a[1], &a[2]); n < 2 {
		return false // one that cannot be read is not told of
	}
	_, _ = fmt.Sscanf(than, "%d.%d.%d", &b[0], &b[1], &b[2])
	for i := range a {
		if a[i] != b[i] {
			return a[i] < b[i]
		}
	}
	return false
}

// storage looks at how full the account is.
func storage(info *jetstream.AccountInfo) Finding {
	const check = "jetstream"
	found := fmt.Sprintf("%d streams, %d consumers", info.Streams, info.Consumers)
	full := func(used uint64, limit int64) bool { return limit > 0 && used > uint64(limit)/10*9 } //nolint:gosec // over 0
	if full(info.Store, info.Limits.MaxStore) || full(info.Memory, info.Limits.MaxMemory) ||
		full(uint64(max(0, info.Streams)), int64(info.Limits.MaxStreams)) { //nolint:gosec // not negative
		return Finding{Check: check, Status: Warn, Found: found + "; the account's limits are nearly reached", Advice: "delete what is not needed (nats stream report), or raise the account's limits"}
	}
	return ok(check, "%s", found)
}

// clock compares the server's time, as the state of any stream has it, with this machine's.
func (d *Doctor) clock(ctx context.Context, js jetstream.JetStream) Finding {
	const check = "clock"
	names := js.StreamNames(ctx)
	name, found := <-names.Name()
	if !found {
		return ok(check, "not compared: the server has no stream yet, and says its time with none")
	}
	before := d.System.Now()
	stream, err := js.Stream(ctx, name)
	if err != nil {
		return Finding{Check: check, Status: Warn, Found: err.Error(), Advice: "let the user read streams, or compare the clocks by hand"}
	}
	after := d.System.Now()
	skew := stream.CachedInfo().TimeStamp.Sub(before.Add(after.Sub(before) / 2))
	text := fmt.Sprintf("the server's is %s from this machine's", skew.Abs().Round(time.Millisecond))
	const advice = "have both follow one time (chronyd, systemd-timesyncd): deadlines and due times are by the clock"
	switch {
	case skew.Abs() > muchSkew:
		return Finding{Check: check, Status: Fail, Found: text, Advice: advice}
	case skew.Abs() > someSkew+after.Sub(before):
		return Finding{Check: check, Status: Warn, Found: text, Advice: advice}
	}
	return ok(check, "%s", text)
}
