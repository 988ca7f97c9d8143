package cpuprofile

import (
	"encoding/json"
	"errors"
	"fmt"
)

// ErrFormat says that a profile makes no sense.
var ErrFormat = errors.New("cpuprofile: not a profile")

// maxNodes bounds the tree of a profile, and maxSamples its samples.
const maxNodes, maxSamples = 1 << 18, 1 << 20

// Profile is a profile in the format of Chrome's DevTools protocol, Profiler.Profile.
type Profile struct {
	Nodes []Node `json:"nodes"`
	// StartTime and EndTime are in microseconds since some time.
	StartTime int64 `json:"startTime"`
	EndTime   int64 `json:"endTime"`
	// Samples are ids of nodes, TimeDeltas how long each is after the one before it, the first
	// after StartTime, in microseconds.
	Samples    []int   `json:"samples"`
	TimeDeltas []int64 `json:"timeDeltas"`
}

// Node is a frame with all those above it.
type Node struct {
	ID        int       `json:"id"`
	CallFrame CallFrame `json:"callFrame"`
	// HitCount is how many samples were in the frame itself.
	HitCount      int            `json:"hitCount"`
	Children      []int          `json:"children,omitempty"`
	PositionTicks []PositionTick `json:"positionTicks,omitempty"`
}

// CallFrame is a function's begin; lines and columns count from 0, -1 is none.
type CallFrame struct {
	FunctionName string   `json:"functionName"`
	ScriptID     scriptID `json:"scriptId"`
	URL          string   `json:"url"`
	LineNumber   int      `json:"lineNumber"`
	ColumnNumber int      `json:"columnNumber"`
}

// PositionTick is how many samples were in a line, which counts from 1.
type PositionTick struct {
	Line  int `json:"line"`
	Ticks int `json:"ticks"`
}

// scriptID is text in DevTools' protocol, and a number as V8 writes it.
type scriptID string

// UnmarshalJSON implements json.Unmarshaler.
func (s *scriptID) UnmarshalJSON(text []byte) error {
	var word string
	if json.Unmarshal(text, &word) == nil {
		*s = scriptID(word)
		return nil
	}
	var number json.Number
	if err := json.Unmarshal(text, &number); err != nil {
		return err
	}
	*s = scriptID(number)
	return nil
}

// Parse reads a profile and checks that it is one: each id is there once, each node but the
// first is the child of one before it, each sample is of a node. The error wraps ErrFormat.
func Parse(text []byte) (*Profile, error) {
	var p Profile
	if err := json.Unmarshal(text, &p); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return &p, p.check()
}

func (p *Profile) check() error {
	switch {
	case len(p.Nodes) == 0 || len(p.Nodes) > maxNodes:
		return fmt.Errorf("%w: it has %d nodes", ErrFormat, len(p.Nodes))
	case len(p.Samples) != len(p.TimeDeltas) || len(p.Samples) > maxSamples:
		return fmt.Errorf("%w: it has %d samples and %d times", ErrFormat, len(p.Samples), len(p.TimeDeltas))
	}
	at := make(map[int]int, len(p.Nodes))
	for i := range p.Nodes {
		if _, twice := at[p.Nodes[i].ID]; twice {
			return fmt.Errorf("%w: node %d is there twice", ErrFormat, p.Nodes[i].ID)
		}
		at[p.Nodes[i].ID] = i
	}
	child := make([]bool, len(p.Nodes))
	for i := range p.Nodes {
		for _, id := range p.Nodes[i].Children {
			c, known := at[id]
			if !known || c <= i || child[c] {
				return fmt.Errorf("%w: node %d has a child %d that is none", ErrFormat, p.Nodes[i].ID, id)
			}
			child[c] = true
		}
	}
	for i := 1; i < len(child); i++ {
		if !child[i] {
			return fmt.Errorf("%w: node %d hangs in the air", ErrFormat, p.Nodes[i].ID)
		}
	}
	for _, id := range p.Samples {
		if _, known := at[id]; !known {
			return fmt.Errorf("%w: a sample of node %d, which is none", ErrFormat, id)
		}
	}
	return nil
}
