package service

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
)

// ErrTooSmall says that the server's max payload has no room for an answer at all.
var ErrTooSmall = errors.New("service: no answer fits into the server's max payload: raise max_payload")

// usual is what an endpoint takes at most, as a rule, in bytes with its details. It decides
// what is tried first, not what fits.
const usual = 512

// answer is one that is made to fit.
type answer struct {
	// total is how many functions there are.
	total int
	// build makes the answer with the first n of them, with their details (whole) or
	// without, and with a word of what is omitted.
	build func(n int, whole bool, omitted string) any
	// element is what build has of function i; nil where there are none.
	element func(i int, whole bool) any
}

// marshal writes an answer of at most limit bytes.
func (s *Service) marshal(limit int, a answer) ([]byte, error) {
	body, omitted, err := a.fit(limit)
	if err == nil && omitted != "" && !s.cut.Swap(true) {
		s.cfg.Logger.Warn("what nats micro shows of this node is cut: raise the server's max_payload to see all", slog.String("omitted", omitted))
	}
	return body, err
}

// fit leaves out the details of all first, then the functions that come last. What it does
// is bounded by limit, not by how many functions there are.
func (a answer) fit(limit int) (body []byte, omitted string, err error) {
	if a.total <= limit/usual {
		if body, err = json.Marshal(a.build(a.total, true, "")); err != nil || len(body) <= limit {
			return body, "", err
		}
	}
	n, whole := a.count(limit, true, ""), true
	if n < a.total {
		n, whole = a.count(limit, false, a.missing(0, limit)), false
		omitted = a.missing(max(n, 0), limit)
	}
	if n < 0 {
		return nil, "", fmt.Errorf("%w: it is %d bytes", ErrTooSmall, limit)
	}
	body, err = json.Marshal(a.build(n, whole, omitted))
	return body, omitted, err
}

// count is how many functions fit; -1 says that an answer without any does not.
func (a answer) count(limit int, whole bool, omitted string) int {
	room := limit - size(a.build(0, whole, omitted))
	if room < 0 {
		return -1
	}
	for i := range a.total {
		const comma = 1
		if room -= size(a.element(i, whole)) + comma; room < 0 {
			return i
		}
	}
	return a.total
}

// missing says what an answer with n functions and no details lacks. No text of an answer
// is longer than that with n = 0.
func (a answer) missing(n, limit int) string {
	if n == a.total {
		return fmt.Sprintf("details: the server's max_payload is %d bytes", limit)
	}
	return fmt.Sprintf("details, and the last %d of %d functions: the server's max_payload is %d bytes", a.total-n, a.total, limit)
}

// size is that of v's JSON.
func size(v any) int {
	body, err := json.Marshal(v)
	if err != nil {
		return 0 // writing the answer fails too
	}
	return len(body)
}
