package admin

import (
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nuid"
)

// An answer that is larger than the server's max payload, as that of a node with thousands of
// functions, comes in parts. These are the headers of one; an answer without them is whole.
const (
	headerAnswer = "Isolane-Answer" // the same in each part of an answer
	headerPart   = "Isolane-Part"   // "2/5": the second of five
	// headerTooLarge stands in place of an answer that cannot be sent, and says why.
	headerTooLarge = "Isolane-Too-Large"
)

const (
	// maxParts bounds an answer: with NATS's default max payload, a gigabyte.
	maxParts = 1024
	// partRoom is what the headers and the subject of a part take at most, in bytes.
	partRoom = 1 << 10
)

// errParts says that the parts of an answer make no sense.
var errParts = errors.New("the parts of an answer")

// send answers msg with body, in parts where the server takes no message so large.
func send(conn *nats.Conn, msg *nats.Msg, body []byte) error {
	limit := int(conn.MaxPayload())
	if len(body) <= limit {
		return msg.Respond(body)
	}
	size := max(limit-partRoom, 1)
	count := (len(body) + size - 1) / size
	if count > maxParts {
		refusal := nats.NewMsg(msg.Reply)
		refusal.Header.Set(headerTooLarge, fmt.Sprintf("an answer of %d bytes takes %d parts, over the limit of %d: raise the server's max_payload, which is %d",
			len(body), count, maxParts, limit))
		return msg.RespondMsg(refusal)
	}
	id := nuid.Next()
	for i := range count {
		part := nats.NewMsg(msg.Reply)
		part.Data = body[i*size : min((i+1)*size, len(body))]
		part.Header.Set(headerAnswer, id)
		part.Header.Set(headerPart, fmt.Sprintf("%d/%d", i+1, count))
		if err := msg.RespondMsg(part); err != nil {
			return fmt.Errorf("admin: answer: %w", err)
		}
	}
	return nil
}

// parts puts answers together. The zero value has none.
type parts map[string]*assembly

type assembly struct {
	of   [][]byte
	left int
}

// add takes a message in, and returns the answer that is whole with it; nil while it is not.
func (p parts) add(msg *nats.Msg) ([]byte, error) {
	if why := msg.Header.Get(headerTooLarge); why != "" {
		return nil, errors.New(why)
	}
	id := msg.Header.Get(headerAnswer)
	if id == "" {
		return append([]byte{}, msg.Data...), nil
	}
	var i, count int
	if n, err := fmt.Sscanf(msg.Header.Get(headerPart), "%d/%d", &i, &count); err != nil || n != 2 {
		return nil, fmt.Errorf("%w: %q is no number of one", errParts, msg.Header.Get(headerPart))
	}
	if count < 1 || count > maxParts || i < 1 || i > count {
		return nil, fmt.Errorf("%w: part %d of %d", errParts, i, count)
	}
	a := p[id]
	if a == nil {
		a = &assembly{of: make([][]byte, count), left: count}
		p[id] = a
	}
	if len(a.of) != count || a.of[i-1] != nil {
		return nil, fmt.Errorf("%w: part %d of %d does not fit to those before", errParts, i, count)
	}
	a.of[i-1] = append([]byte{}, msg.Data...)
	if a.left--; a.left > 0 {
		return nil, nil
	}
	delete(p, id)
	var whole []byte
	for _, part := range a.of {
		whole = append(whole, part...)
	}
	return whole, nil
}
