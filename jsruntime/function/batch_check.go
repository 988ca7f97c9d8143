package function

// checkBatch calls fault for each fault of stream.batch, and for each other key that it
// contradicts.
func (s Stream) checkBatch(set func(path string) bool, fault func(path, format string, args ...any)) {
	b := s.Batch
	if b == nil {
		return
	}
	if b.Size < 2 || b.Size > MaxBatch {
		fault("stream.batch.size", "%d: choose 2 to %d messages; for one at a time leave stream.batch out", b.Size, MaxBatch)
	}
	if (b.Wait != 0 || set("stream.batch.wait")) && (b.Wait < minBatchWait || b.Wait > maxBatchWait) {
		fault("stream.batch.wait", "%v: choose %v to %v, how long the first message waits for others", b.Wait, minBatchWait, maxBatchWait)
	}
	if (b.Bytes != 0 || set("stream.batch.bytes")) && (b.Bytes < KiB || b.Bytes > MaxBatchBytes) {
		fault("stream.batch.bytes", "%v: choose %v to %v", b.Bytes, KiB, MaxBatchBytes)
	}
	if s.Order != "" {
		fault("stream.order", "contradicts stream.batch: of a batch that fails some would run again behind others of their key; leave one of them out")
	}
	if s.Reply != "" {
		fault("stream.reply", "contradicts stream.batch, which returns nothing for a single message: leave it out, and publish with ctx.nats.publish(subject, data, { msgId: msg.id })")
	}
	if s.Deliveries == 1 {
		fault("stream.deliveries", "1 contradicts stream.batch: when a batch fails, its messages are delivered again apart, so that one that cannot be handled is found; choose 2 at least")
	}
	if s.Concurrency != 0 && s.Concurrency < b.Size {
		fault("stream.concurrency", "%d is less than stream.batch.size, %d: no batch would be full", s.Concurrency, b.Size)
	}
}

// Needs is what the module of a function with this manifest must export: "" for anything
// that takes a message, "batch" for a batch method, "batch and message" for both, "key" for
// anything that takes a message, classes too.
func (m Manifest) Needs() string {
	switch {
	case m.Key != "":
		return "key"
	case m.Stream == nil || m.Stream.Batch == nil:
		return ""
	case len(m.Schedule) > 0:
		return "batch and message"
	}
	return "batch"
}
