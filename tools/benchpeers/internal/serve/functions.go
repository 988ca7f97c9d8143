package serve

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

// function is a function of experiments/workload restated in Go.
type function func(ctx context.Context, payload []byte) ([]byte, error)

// computing are the five that compute, by name. They do what the JavaScript does, not
// what would be cleverer: only SHA-256 is the library's, as no one writes it again in Go.
func computing() map[string]function {
	return map[string]function{
		"fibonacci": of(fibonacci), "sha256": of(digest), "matrix": of(matrix), "json": of(report), "sort": of(sorted),
	}
}

// of is a function of an argument that comes as JSON, with a result that goes as JSON.
func of[A, R any](compute func(A) R) function {
	return func(_ context.Context, payload []byte) ([]byte, error) {
		var argument A
		if err := json.Unmarshal(payload, &argument); err != nil {
			return nil, err
		}
		return json.Marshal(compute(argument))
	}
}

type number struct {
	N int `json:"n"`
}

type fibonacciOf struct {
	N     int `json:"n"`
	Value int `json:"value"`
}

func fib(n int) int {
	if n < 2 {
		return n
	}
	return fib(n-1) + fib(n-2)
}

func fibonacci(a number) fibonacciOf { return fibonacciOf{a.N, fib(a.N)} }

type size struct {
	Size int `json:"size"`
}

type digestOf struct {
	Size   int    `json:"size"`
	Digest string `json:"digest"`
}

func digest(a size) digestOf {
	text := make([]byte, a.Size)
	for i := range text {
		text[i] = byte('a' + i%26)
	}
	sum := sha256.Sum256(text)
	return digestOf{a.Size, hex.EncodeToString(sum[:])}
}

type matrixOf struct {
	N     int     `json:"n"`
	Trace float64 `json:"trace"`
}

func matrix(a number) matrixOf {
	n := a.N
	left, right, product := make([]float64, n*n), make([]float64, n*n), make([]float64, n*n)
	for i := range left {
		left[i], right[i] = float64(i%7), float64(i%11)
	}
	for i := range n {
		for j := range n {
			sum := 0.0
			for k := range n {
				sum += left[i*n+k] * right[k*n+j]
			}
			product[i*n+j] = sum
		}
	}
	trace := 0.0
	for i := range n {
		trace += product[i*n+i]
	}
	return matrixOf{n, trace}
}

type sortedOf struct {
	N        int    `json:"n"`
	Least    uint32 `json:"least"`
	Median   uint32 `json:"median"`
	Greatest uint32 `json:"greatest"`
}

func sorted(a number) sortedOf {
	numbers, x := make([]uint32, max(a.N, 1)), uint32(1)
	for i := range numbers {
		x = x*1664525 + 1013904223
		numbers[i] = x
	}
	slices.Sort(numbers)
	return sortedOf{a.N, numbers[0], numbers[len(numbers)/2], numbers[len(numbers)-1]}
}

type orders struct {
	Orders []struct {
		Customer string `json:"customer"`
		Quantity int    `json:"quantity"`
		Cents    int    `json:"cents"`
	} `json:"orders"`
}

type sum struct {
	Customer string `json:"customer"`
	Orders   int    `json:"orders"`
	Cents    int    `json:"cents"`
}

type reportOf struct {
	Customers int    `json:"customers"`
	Cents     int    `json:"cents"`
	Report    []*sum `json:"report"`
}

func report(a orders) reportOf {
	customers := map[string]*sum{}
	for _, o := range a.Orders {
		s := customers[o.Customer]
		if s == nil {
			s = &sum{Customer: o.Customer}
			customers[o.Customer] = s
		}
		s.Orders++
		s.Cents += o.Quantity * o.Cents
	}
	r := reportOf{Customers: len(customers), Report: make([]*sum, 0, len(customers))}
	for _, s := range customers {
		r.Report = append(r.Report, s)
		r.Cents += s.Cents
	}
	slices.SortFunc(r.Report, func(a, b *sum) int {
		return cmp.Or(cmp.Compare(b.Cents, a.Cents), strings.Compare(a.Customer, b.Customer))
	})
	return r
}

// page fetches a page with client, as page.js does.
func page(client *http.Client) function {
	return func(ctx context.Context, payload []byte) ([]byte, error) {
		var argument struct {
			URL string `json:"url"`
		}
		if err := json.Unmarshal(payload, &argument); err != nil {
			return nil, err
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, argument.URL, nil)
		if err != nil {
			return nil, err
		}
		response, err := client.Do(request)
		if err != nil {
			return nil, err
		}
		defer response.Body.Close() //nolint:errcheck // read to its end
		text, err := io.ReadAll(response.Body)
		if err != nil {
			return nil, fmt.Errorf("read the page: %w", err)
		}
		return json.Marshal(struct {
			Status int `json:"status"`
			Bytes  int `json:"bytes"`
		}{response.StatusCode, len(text)})
	}
}
