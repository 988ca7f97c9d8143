package main

import (
	"encoding/binary"
	"math/rand/v2"
	"time"
)

// report is a member's load as it is gossiped. Two reports of one member are told apart
// by seq; the fields are as large as those of a node.
type report struct {
	member string
	seq    uint64
	made   time.Time
	fields [7]uint64 // runtimes, room, in flight, queue, delay, cpu, rss
}

// change is the next report of a member that is busy.
func (r report) change() report {
	r.seq++
	r.made = time.Now()
	r.fields = [7]uint64{8, rand.Uint64N(256), rand.Uint64N(256), rand.Uint64N(64), rand.Uint64N(1e7), rand.Uint64N(800), rand.Uint64N(1 << 30)} //nolint:gosec // any load will do
	return r
}

// encode appends r: the length of what follows, a version, the member's name, numbers
// of variable length. The time it was made travels in place of the age that a node
// would give.
func (r report) encode(to []byte) []byte {
	body := append(make([]byte, 0, 64), 1, byte(len(r.member)))
	body = append(body, r.member...)
	body = binary.AppendUvarint(body, r.seq)
	body = binary.AppendVarint(body, r.made.UnixNano())
	for _, f := range r.fields {
		body = binary.AppendUvarint(body, f)
	}
	return append(binary.AppendUvarint(to, uint64(len(body))), body...)
}

// decode reads the first report; ok is false at the end, and for what is none.
func decode(b []byte) (r report, rest []byte, ok bool) {
	length, n := binary.Uvarint(b)
	if n <= 0 || length > uint64(len(b)-n) {
		return r, nil, false
	}
	body, rest := b[n:n+int(length)], b[n+int(length):]
	if len(body) < 2 || body[0] != 1 || len(body) < 2+int(body[1]) {
		return r, nil, false
	}
	r.member, body = string(body[2:2+body[1]]), body[2+body[1]:]
	r.seq, n = binary.Uvarint(body)
	if n <= 0 {
		return r, nil, false
	}
	body = body[n:]
	made, n := binary.Varint(body)
	if n <= 0 {
		return r, nil, false
	}
	r.made, body = time.Unix(0, made), body[n:]
	for i := range r.fields {
		if r.fields[i], n = binary.Uvarint(body); n <= 0 {
			return r, nil, false
		}
		body = body[n:]
	}
	return r, rest, true
}
