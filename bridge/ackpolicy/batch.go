package ackpolicy

// shrink is by how much smaller a batch is with each delivery of its messages.
const shrink = 4

// BatchSize is how many messages may share a batch that are delivered so often, 1 at least,
// where size is the manifest's. It shrinks with each delivery, so that of a batch that fails
// most messages come through in smaller ones, and a message whose failure would be its last
// is alone: what it ends with is its own doing.
//
// deliveries is the server's count, which is never less than what counts, so that nobody
// needs to know which of them do not.
func (p Policy) BatchSize(size, deliveries int) int {
	if deliveries >= p.Limit {
		return 1
	}
	for range deliveries - 1 {
		if size /= shrink; size <= 1 {
			return 1
		}
	}
	return max(size, 1)
}
