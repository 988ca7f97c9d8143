package gossip

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"
)

// Load is how busy a member is. It travels often and is small: see report.
type Load struct {
	// Runtimes that the member has.
	Runtimes uint32
	// Room is how many invocations it could take on now without queueing past its bound.
	Room uint32
	// Inflight are being run, Queue wait.
	Inflight, Queue uint32
	// Delay is how long work has waited lately. It travels in microseconds.
	Delay time.Duration
	// CPU is how many cores the process uses, 0 or more. It travels in thousandths.
	CPU float32
	// RSS is the process's resident memory, in bytes. It travels in KiB.
	RSS uint64
	// Wanted is the member's share of the wished total of runtimes.
	Wanted uint32
}

// report is a Load with what orders it: it belongs to one life (boot) of one name, and
// within that the higher seq is newer. Clocks are never compared.
type report struct {
	name string
	boot int64
	seq  uint64
	// age is how old the report was when it was sent on.
	age  time.Duration
	load Load
}

// loadFields is how many numbers a Load has in this version; newer versions append.
const loadFields = 8

// appendTo writes: length of the name, name, boot, seq, age in ms, count of numbers,
// numbers; all as varints.
func (r report) appendTo(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(r.name)))
	b = append(b, r.name...)
	b = binary.AppendVarint(b, r.boot)
	b = binary.AppendUvarint(b, r.seq)
	b = binary.AppendUvarint(b, uint64(max(r.age, 0)/time.Millisecond))
	b = binary.AppendUvarint(b, loadFields)
	for _, v := range r.load.numbers() {
		b = binary.AppendUvarint(b, v)
	}
	return b
}

func (l Load) numbers() [loadFields]uint64 {
	return [loadFields]uint64{
		uint64(l.Runtimes), uint64(l.Room), uint64(l.Inflight), uint64(l.Queue),
		uint64(max(l.Delay, 0) / time.Microsecond), milli(l.CPU), l.RSS >> 10, uint64(l.Wanted),
	}
}

// milli turns cores into thousandths; what is no amount of cores becomes 0.
func milli(cores float32) uint64 {
	v := float64(cores) * 1000
	if !(v > 0) {
		return 0
	}
	return uint64(min(math.Round(v), 1e9))
}

// decodeReport reads what this or a newer version wrote; numbers that it does not know
// are left unread, those that an older version had not are zero.
func decodeReport(b []byte) (report, error) {
	in := reader{b: b}
	var r report
	name := in.bytes(in.uvarint())
	r.name = string(name)
	r.boot, r.seq = in.varint(), in.uvarint()
	r.age = time.Duration(min(in.uvarint(), uint64(maxAge/time.Millisecond))) * time.Millisecond
	count := in.uvarint()
	var v [loadFields]uint64
	for i := range min(count, loadFields) {
		v[i] = in.uvarint()
	}
	if in.bad || checkName(r.name) != nil {
		return report{}, fmt.Errorf("load report: %w", errMalformed)
	}
	r.load = Load{
		Runtimes: narrow(v[0]), Room: narrow(v[1]), Inflight: narrow(v[2]), Queue: narrow(v[3]),
		Delay: time.Duration(min(v[4], uint64(maxAge/time.Microsecond))) * time.Microsecond,
		CPU:   float32(min(v[5], 1e9)) / 1000,
		RSS:   min(v[6], math.MaxUint64>>10) << 10, Wanted: narrow(v[7]),
	}
	return r, nil
}

// maxAge bounds every duration that is read.
const maxAge = 24 * time.Hour

func narrow(v uint64) uint32 { return uint32(min(v, math.MaxUint32)) }

// noticeable is true when next is so unlike last that the others should hear of it
// before the refresh: room appears or goes, a count of runtimes changes, or a figure
// moves by more than a tenth of itself and more than trifles.
func noticeable(last, next Load) bool {
	switch {
	case last == next:
		return false
	case last.Runtimes != next.Runtimes, last.Wanted != next.Wanted,
		(last.Room == 0) != (next.Room == 0):
		return true
	}
	return moved(float64(last.Room), float64(next.Room), 1) ||
		moved(float64(last.Inflight), float64(next.Inflight), 1) ||
		moved(float64(last.Queue), float64(next.Queue), 1) ||
		moved(float64(last.Delay), float64(next.Delay), float64(2*time.Millisecond)) ||
		moved(float64(last.CPU), float64(next.CPU), 0.1) ||
		moved(float64(last.RSS), float64(next.RSS), 16<<20)
}

func moved(a, b, trifle float64) bool {
	d := math.Abs(a - b)
	return d > trifle && d > max(a, b)/10
}
