package loadgen

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Spec is a target as it is written: NAME[:WEIGHT][=PAYLOAD].
type Spec struct {
	Name   string
	Weight float64
	// Payload is what stands behind "="; HasPayload tells an empty one from none.
	Payload    string
	HasPayload bool
}

// ParseTarget reads a Spec. The error wraps ErrConfig.
func ParseTarget(text string) (Spec, error) {
	spec := Spec{Weight: 1}
	name, payload, ok := strings.Cut(text, "=")
	spec.Payload, spec.HasPayload = payload, ok
	name, weight, ok := strings.Cut(name, ":")
	spec.Name = name
	if ok {
		var err error
		if spec.Weight, err = strconv.ParseFloat(weight, 64); err != nil || !(spec.Weight > 0) || math.IsInf(spec.Weight, 0) {
			return spec, fmt.Errorf("%w: target %q: the weight %q is no number over 0; write NAME:WEIGHT=PAYLOAD", ErrConfig, text, weight)
		}
	}
	if name == "" {
		return spec, fmt.Errorf("%w: target %q names nothing; write NAME:WEIGHT=PAYLOAD", ErrConfig, text)
	}
	return spec, nil
}

// maxSteps bounds what a range of rates may mean.
const maxSteps = 1000

// ParseRates reads a rate, or FROM..TO/BY. The error wraps ErrConfig.
func ParseRates(text string) ([]float64, error) {
	bad := func() ([]float64, error) {
		return nil, fmt.Errorf("%w: %q is no rate: write 500, or 100..1000/100 (from, to, by), at most %d steps", ErrConfig, text, maxSteps)
	}
	number := func(s string) float64 {
		value, err := strconv.ParseFloat(s, 64)
		if err != nil || math.IsInf(value, 0) {
			return math.NaN()
		}
		return value
	}
	from, rest, isRange := strings.Cut(text, "..")
	first := number(from)
	if !(first > 0) {
		return bad()
	}
	if !isRange {
		return []float64{first}, nil
	}
	to, by, ok := strings.Cut(rest, "/")
	last, step := number(to), number(by)
	if !ok || !(step > 0) || !(last >= first) || (last-first)/step > maxSteps-1 {
		return bad()
	}
	var rates []float64
	for i := 0; ; i++ {
		rate := first + float64(i)*step // not a sum: it would drift
		if rate > last*(1+1e-9) {
			return rates, nil
		}
		rates = append(rates, rate)
	}
}
