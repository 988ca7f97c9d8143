package metrics

import (
	"github.com/isolane/isolane/bridge/hostnats"
	"github.com/isolane/isolane/jsruntime/hostcap"
)

// bridge shows the bridge and its connection.
func (c *collector) bridge(out sink) {
	st := c.src.Bridge()
	out.counter(bridgeReceived, st.Received)
	out.counter(bridgeRefused, st.Shed, "shed")
	out.counter(bridgeRefused, st.Malformed, "malformed")
	out.counter(bridgeRefused, st.Unknown, "unknown")
	out.counter(bridgeRefused, st.Expired, "expired")
	out.counter(bridgeRefused, st.Late, "draining")
	out.gauge(bridgePending, float64(st.Pending))
	out.gauge(bridgeBytes, float64(st.PendingBytes))
	out.counter(bridgeUntold, st.PublishFailures)
	out.counter(bridgeTooLarge, st.TooLargeReplies)
	out.counter(bridgeDropped, st.SlowConsumerDrops)
	out.counter(bridgeRestarts, st.Restarts)

	conn := c.src.NATS()
	out.gauge(natsConnected, truth(conn.Connected))
	out.counter(natsReconnects, conn.Reconnects)
	out.counter(natsBytes, conn.InBytes, "in")
	out.counter(natsBytes, conn.OutBytes, "out")
	out.counter(natsMessages, conn.InMsgs, "in")
	out.counter(natsMessages, conn.OutMsgs, "out")
	out.counter(natsDisconnects, st.Conn.Disconnects)
	out.counter(natsLameDucks, st.Conn.LameDucks)
	out.counter(natsErrors, st.Conn.SlowConsumers, "slow_consumer")
	out.counter(natsErrors, st.Conn.PermissionViolations, "permission")
	out.counter(natsErrors, st.Conn.Authorization, "authorization")
	out.counter(natsErrors, st.Conn.OtherErrors, "other")
}

// buckets shows those of the nodes.
func (c *collector) buckets(out sink) {
	for name, st := range c.src.Buckets() {
		out.counter(bucketFaults, st.Faults, name)
		out.gauge(bucketsFailing, float64(st.Failing), name)
	}
}

// host shows what functions sent.
func (c *collector) host(out sink) {
	st := c.src.Host()
	for _, kind := range hostcap.Kinds() {
		out.counter(sendFailures, st.Failures[kind], string(kind))
	}
	out.gauge(sendsPending, float64(st.Pending))
	out.gauge(sendsBytes, float64(st.PendingBytes))
	out.counter(filed, st.Filed)
	out.counter(keyCalls, st.Calls[hostnats.CallOK], hostnats.CallOK)
	for _, kind := range hostcap.Kinds() {
		out.counter(keyCalls, st.Calls[string(kind)], string(kind))
	}
	out.gauge(keyCallsPending, float64(st.CallsPending))
	took := c.src.KeyCalls()
	out.histogram(keyCallDuration, octaves(1), &took, nil)
}

// tracing shows what became of spans.
func (c *collector) tracing(out sink) {
	st := c.src.Tracing()
	out.counter(spansSent, st.Exported)
	out.counter(spansLost, st.Dropped, "queue_full")
	out.counter(spansLost, st.Failed, "collector")
	out.gauge(spansQueued, float64(st.Queued))
}
