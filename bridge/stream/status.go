package stream

import (
	"strings"

	"github.com/nats-io/nats.go"
)

// pullStatus is what the server says of a pull request.
type pullStatus uint8

const (
	// statusNone is no word of the server's.
	statusNone pullStatus = iota
	// statusHeartbeat: it stands, and there is nothing to bring.
	statusHeartbeat
	// statusEnded: it has ended in order, by time or by bytes.
	statusEnded
	// statusFault: it cannot be served.
	statusFault
)

// readStatus reads the status of a message without a body. JetStream's API tells an end
// by bytes from a fault by its text alone; this is the only place that reads it.
func readStatus(msg *nats.Msg) pullStatus {
	switch msg.Header.Get("Status") {
	case "":
		return statusNone
	case "100":
		return statusHeartbeat
	case "404", "408":
		return statusEnded
	case "409":
		text := strings.ToLower(msg.Header.Get("Description"))
		if strings.Contains(text, "exceeds maxbytes") || strings.Contains(text, "batch completed") {
			return statusEnded
		}
	}
	return statusFault
}
