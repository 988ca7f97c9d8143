package workload

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
)

// ErrReply is wrapped by the error of a reply that is not what the function must say.
var ErrReply = errors.New("workload: wrong reply")

// Check computes the reply again, and compares. The error wraps ErrReply.
func (f Function) Check(reply []byte) error {
	var want any = map[string]any{"status": http.StatusOK, "bytes": pageBytes}
	if f.Computes {
		want = f.want()
	}
	text, err := json.Marshal(want)
	if err != nil {
		return fmt.Errorf("workload: %w", err)
	}
	var is, must any
	if err := json.Unmarshal(reply, &is); err != nil {
		return fmt.Errorf("%w: %s says %.200q: %w", ErrReply, f.Name, reply, err)
	}
	if err := json.Unmarshal(text, &must); err != nil {
		return fmt.Errorf("workload: %w", err)
	}
	if !reflect.DeepEqual(is, must) {
		return fmt.Errorf("%w: %s says %.200q, and must say %.200q", ErrReply, f.Name, reply, text)
	}
	return nil
}

func wantFibonacci(n int) any {
	a, b := 0, 1
	for range n {
		a, b = b, a+b
	}
	return map[string]int{"n": n, "value": a}
}

func wantDigest(size int) any {
	text := make([]byte, size)
	for i := range text {
		text[i] = byte('a' + i%26)
	}
	sum := sha256.Sum256(text)
	return map[string]any{"size": size, "digest": hex.EncodeToString(sum[:])}
}

func wantMatrix(n int) any {
	trace := 0
	for i := range n {
		for k := range n {
			trace += (i*n + k) % 7 * ((k*n + i) % 11)
		}
	}
	return map[string]int{"n": n, "trace": trace}
}

func wantSorted(n int) any {
	numbers, x := make([]uint32, n), uint32(1)
	for i := range numbers {
		x = x*1664525 + 1013904223
		numbers[i] = x
	}
	slices.Sort(numbers)
	return map[string]any{"n": n, "least": numbers[0], "median": numbers[n/2], "greatest": numbers[n-1]}
}

// order is what the function json gets a list of.
type order struct {
	Customer string `json:"customer"`
	Quantity int    `json:"quantity"`
	Cents    int    `json:"cents"`
}

func orders(n int) []order {
	list := make([]order, n)
	for i := range list {
		list[i] = order{Customer: fmt.Sprintf("customer-%02d", i*7%23), Quantity: 1 + i%5, Cents: 99 + i*37%1000}
	}
	return list
}

type sum struct {
	Customer string `json:"customer"`
	Orders   int    `json:"orders"`
	Cents    int    `json:"cents"`
}

func wantReport(list []order) any {
	report, at, cents := []sum{}, map[string]int{}, 0
	for _, o := range list {
		i, ok := at[o.Customer]
		if !ok {
			i = len(report)
			at[o.Customer] = i
			report = append(report, sum{Customer: o.Customer})
		}
		report[i].Orders++
		report[i].Cents += o.Quantity * o.Cents
		cents += o.Quantity * o.Cents
	}
	slices.SortFunc(report, func(a, b sum) int {
		return cmp.Or(cmp.Compare(b.Cents, a.Cents), cmp.Compare(a.Customer, b.Customer))
	})
	return map[string]any{"customers": len(report), "cents": cents, "report": report}
}
