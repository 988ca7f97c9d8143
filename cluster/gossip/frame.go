package gossip

import (
	"encoding/binary"
	"fmt"
)

// What members send to one another beside memberlist's own messages: one byte of frame
// version, one byte of type, then what the type says. Frames of a version or a type that
// is not known are counted and dropped.
const (
	frameVersion = 1

	frameLoad  = 1 // a report; gossiped on
	frameLeave = 2 // a farewell; gossiped on
	frameUser  = 3 // kind, length of the sender's name, name, body
)

// farewell says that the life boot of name has left by its own will.
type farewell struct {
	name string
	boot int64
}

func (f farewell) appendTo(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(f.name)))
	b = append(b, f.name...)
	return binary.AppendVarint(b, f.boot)
}

func decodeFarewell(b []byte) (farewell, error) {
	in := reader{b: b}
	name := in.bytes(in.uvarint())
	f := farewell{name: string(name), boot: in.varint()}
	if in.bad || checkName(f.name) != nil {
		return farewell{}, fmt.Errorf("farewell: %w", errMalformed)
	}
	return f, nil
}

func frame(kind byte) []byte { return append(make([]byte, 0, 96), frameVersion, kind) }

func encodeUser(from string, kind uint8, body []byte) []byte {
	b := make([]byte, 0, len(body)+len(from)+8)
	b = append(b, frameVersion, frameUser, kind)
	b = binary.AppendUvarint(b, uint64(len(from)))
	b = append(b, from...)
	return append(b, body...)
}

// decodeUser reads what follows the type; body is a part of b.
func decodeUser(b []byte) (from string, kind uint8, body []byte, err error) {
	in := reader{b: b}
	kind = in.byte()
	name := in.bytes(in.uvarint())
	from = string(name)
	if in.bad || checkName(from) != nil {
		return "", 0, nil, fmt.Errorf("message: %w", errMalformed)
	}
	return from, kind, in.b, nil
}

// exchange is what two members tell each other in a push/pull: every load report and
// every farewell that they know.
type exchange struct {
	reports   []report
	farewells []farewell
}

// encode writes: version, then for each list its count and its records, each with its
// length before it. Newer versions append lists.
func (e exchange) encode() []byte {
	b := append(make([]byte, 0, 16+48*len(e.reports)), frameVersion)
	b = binary.AppendUvarint(b, uint64(len(e.reports)))
	var record []byte
	for _, r := range e.reports {
		record = r.appendTo(record[:0])
		b = append(binary.AppendUvarint(b, uint64(len(record))), record...)
	}
	b = binary.AppendUvarint(b, uint64(len(e.farewells)))
	for _, f := range e.farewells {
		record = f.appendTo(record[:0])
		b = append(binary.AppendUvarint(b, uint64(len(record))), record...)
	}
	return b
}

// decodeExchange hands each record to the callbacks as it is read, so that memory is
// bounded by what is kept, not by what the bytes claim.
func decodeExchange(b []byte, onReport func(report), onFarewell func(farewell)) error {
	in := reader{b: b}
	if v := in.byte(); v != frameVersion {
		return fmt.Errorf("exchange of version %d: %w", v, errMalformed)
	}
	for n := in.uvarint(); n > 0 && !in.bad; n-- {
		if r, err := decodeReport(in.bytes(in.uvarint())); err == nil && !in.bad {
			onReport(r)
		}
	}
	for n := in.uvarint(); n > 0 && !in.bad; n-- {
		if f, err := decodeFarewell(in.bytes(in.uvarint())); err == nil && !in.bad {
			onFarewell(f)
		}
	}
	if in.bad {
		return fmt.Errorf("exchange: %w", errMalformed)
	}
	return nil
}
