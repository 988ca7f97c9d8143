package metrics

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
	out.counter(bridgeDropped, st.SlowConsumerDrops)
	out.counter(bridgeRestarts, st.Restarts)

	conn := c.src.NATS()
	out.gauge(natsConnected, truth(conn.Connected))
	out.counter(natsReconnects, conn.Reconnects)
	out.counter(natsBytes, conn.InBytes, "in")
	out.counter(natsBytes, conn.OutBytes, "out")
	out.counter(natsMessages, conn.InMsgs, "in")
	out.counter(natsMessages, conn.OutMsgs, "out")
}
