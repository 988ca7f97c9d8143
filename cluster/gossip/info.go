package gossip

import (
	"encoding/binary"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/hashicorp/memberlist"
)

// Wire is the version of what members of this build say to one another.
const Wire = 1

// MaxMeta is how many bytes the encoded Info may have; memberlist's bound.
const MaxMeta = memberlist.MetaMaxSize

// Info is what a member says of itself. Encoded it must fit in MaxMeta bytes.
type Info struct {
	// SystemID is the id of the actor system; it changes when that is made anew.
	SystemID string
	// Remote is host:port where the member takes calls.
	Remote string
	// Kinds are the kinds of actors it can activate.
	Kinds []string
	// Boot is when the process started, by its own clock. It tells one life of a name
	// from the next, and is compared for equality alone, but where two live nodes claim
	// one name. Zero: Start puts in the time.
	Boot time.Time
	// Version of the program.
	Version string
	// Weight is the member's capacity, relative to the others'; zero becomes 1.
	Weight uint32
	// Draining members take no new work.
	Draining bool
	// Client members never take work; Start sets it from Config.Mode.
	Client bool
	// Wire is the version of the wire that the member speaks; Start puts in Wire where it
	// is zero. Members of other versions are kept: whoever reads Members decides.
	Wire uint8
}

// announcement is an Info and what else travels with it.
type announcement struct {
	info Info
	// leaving: the member is about to go of its own will.
	leaving bool
	// settled: the member has been in a cluster with another; see outranked.
	settled bool
}

// The fields of an announcement: after one byte of wire version, records of tag, length
// and value (tag and length as uvarints). The layout is the same for every version, so a
// member skips the tags that it does not know.
const (
	tagSystemID = 1 + iota
	tagRemote
	tagKind // repeated
	tagBoot
	tagVersion
	tagWeight
	tagFlags
)

const (
	flagDraining = 1 << iota
	flagClient
	flagLeaving
	flagSettled
)

// encode fails with a *MetaError when the result is over MaxMeta bytes.
func (a announcement) encode() ([]byte, error) {
	b := make([]byte, 1, 128)
	b[0] = a.info.Wire
	b = appendField(b, tagSystemID, a.info.SystemID)
	b = appendField(b, tagRemote, a.info.Remote)
	for _, k := range a.info.Kinds {
		b = appendField(b, tagKind, k)
	}
	var num [binary.MaxVarintLen64]byte
	if !a.info.Boot.IsZero() {
		b = appendField(b, tagBoot, string(num[:binary.PutVarint(num[:], a.info.Boot.UnixNano())]))
	}
	b = appendField(b, tagVersion, a.info.Version)
	if a.info.Weight > 0 {
		b = appendField(b, tagWeight, string(num[:binary.PutUvarint(num[:], uint64(a.info.Weight))]))
	}
	if f := a.flags(); f != 0 {
		b = appendField(b, tagFlags, string(num[:binary.PutUvarint(num[:], f)]))
	}
	if len(b) > MaxMeta {
		return nil, &MetaError{Size: len(b), Limit: MaxMeta}
	}
	return b, nil
}

func (a announcement) flags() uint64 {
	var f uint64
	for _, x := range []struct {
		on  bool
		bit uint64
	}{
		{a.info.Draining, flagDraining},
		{a.info.Client, flagClient},
		{a.leaving, flagLeaving},
		{a.settled, flagSettled},
	} {
		if x.on {
			f |= x.bit
		}
	}
	return f
}

func appendField(b []byte, tag uint64, value string) []byte {
	if value == "" {
		return b
	}
	b = binary.AppendUvarint(b, tag)
	b = binary.AppendUvarint(b, uint64(len(value)))
	return append(b, value...)
}

// decodeAnnouncement reads what any version wrote. It keeps no reference to b.
func decodeAnnouncement(b []byte) (announcement, error) {
	var a announcement
	if len(b) == 0 || len(b) > MaxMeta {
		return a, fmt.Errorf("announcement of %d bytes: %w", len(b), errMalformed)
	}
	r := reader{b: b[1:]}
	a.info.Wire = b[0]
	for len(r.b) > 0 && !r.bad {
		tag := r.uvarint()
		value := r.bytes(r.uvarint())
		if r.bad {
			break
		}
		if !a.set(tag, value) {
			return announcement{}, fmt.Errorf("announcement, field %d: %w", tag, errMalformed)
		}
	}
	if r.bad {
		return announcement{}, fmt.Errorf("announcement: %w", errMalformed)
	}
	return a, nil
}

// set takes in one field; false when its value cannot be read.
func (a *announcement) set(tag uint64, value []byte) bool {
	r := reader{b: value}
	switch tag {
	case tagSystemID:
		return setText(&a.info.SystemID, value)
	case tagRemote:
		return setText(&a.info.Remote, value)
	case tagKind:
		var k string
		ok := setText(&k, value)
		a.info.Kinds = append(a.info.Kinds, k)
		return ok
	case tagBoot:
		a.info.Boot = time.Unix(0, r.varint())
	case tagVersion:
		return setText(&a.info.Version, value)
	case tagWeight:
		w := r.uvarint()
		a.info.Weight = uint32(min(w, 1<<32-1))
	case tagFlags:
		f := r.uvarint()
		a.info.Draining, a.info.Client = f&flagDraining != 0, f&flagClient != 0
		a.leaving, a.settled = f&flagLeaving != 0, f&flagSettled != 0
	}
	return !r.bad
}

func setText(to *string, value []byte) bool {
	*to = string(value)
	return utf8.Valid(value)
}
