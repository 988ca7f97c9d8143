package loadgen

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"sort"

	"github.com/isolane/isolane/bridge/subject"
)

// Target is one kind of message.
type Target struct {
	// Subject is where it is sent.
	Subject string `json:"subject"`
	// Weight is its part among the targets; only the relation of weights counts.
	Weight float64 `json:"weight"`
	// Payload is what is sent, always the same.
	Payload []byte `json:"payload,omitempty"`
	// Expect is what a reply must be where it is not empty; one that says ok and is
	// another ends as EndWrong.
	Expect []byte `json:"expect,omitempty"`
}

// judge is how a reply to the target ended, which its headers say ended as how.
func (t *Target) judge(how string, reply []byte) string {
	if how == EndOK && len(t.Expect) > 0 && !bytes.Equal(reply, t.Expect) {
		return EndWrong
	}
	return how
}

func (t Target) validate() error {
	if err := subject.ValidateReply(t.Subject); err != nil {
		return fmt.Errorf("%w: target %q: %w", ErrConfig, t.Subject, err)
	}
	if math.IsNaN(t.Weight) || t.Weight <= 0 || math.IsInf(t.Weight, 0) {
		return fmt.Errorf("%w: target %s: a weight of %g: over 0", ErrConfig, t.Subject, t.Weight)
	}
	return nil
}

// Filler is a payload of size bytes: a JSON string of letters that repeat rarely, so that
// what compresses gains little.
func Filler(size int, seed uint64) []byte {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	text := make([]byte, max(size, 0))
	draw := rand.New(rand.NewPCG(seed, uint64(len(text)))) //nolint:gosec // no secret
	for i := range text {
		text[i] = letters[draw.IntN(len(letters))]
	}
	if len(text) > 1 {
		text[0], text[len(text)-1] = '"', '"'
	}
	return text
}

// mix draws targets by weight. It is not safe for concurrent use.
type mix struct {
	targets []Target
	sums    []float64 // sums[i]: the weights up to and with i
	draw    *rand.Rand
}

func newMix(targets []Target, seed uint64) *mix {
	m := &mix{targets: targets, draw: rand.New(rand.NewPCG(seed, 1))} //nolint:gosec // no secret
	var sum float64
	for _, t := range targets {
		sum += t.Weight
		m.sums = append(m.sums, sum)
	}
	return m
}

// next returns the index of the target that is sent next.
func (m *mix) next() int {
	if len(m.sums) == 1 {
		return 0
	}
	at := m.draw.Float64() * m.sums[len(m.sums)-1]
	// The last one catches what rounding left over.
	return min(sort.SearchFloat64s(m.sums, math.Nextafter(at, math.Inf(1))), len(m.sums)-1)
}
