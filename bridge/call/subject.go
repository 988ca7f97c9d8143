package call

import (
	"fmt"
	"hash/fnv"
	"strings"
)

// prefix is what the subjects of all calls begin with.
const prefix = "isolane.call."

// Slots is how many parts the keys of a function fall into. A holder of some of them can
// subscribe to these alone.
const Slots = 256

// Slot is the part that a key is in, from 0 to Slots-1.
func Slot(key string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(key))
	return int(h.Sum32() % Slots)
}

// Subject is where the key of a function is called:
//
//	"isolane.call." <queue group, its points as -> "." <function> "." <slot of the key, two hex digits>
func Subject(queue, function, key string) string {
	return fmt.Sprintf("%s%s.%s.%02x", prefix, word(queue), function, Slot(key))
}

// Subjects is the pattern of all keys of a function.
func Subjects(queue, function string) string {
	return prefix + word(queue) + "." + function + ".*"
}

func word(queue string) string { return strings.ReplaceAll(queue, ".", "-") }
