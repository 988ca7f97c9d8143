package workload

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

//go:embed functions/*.js
var sources embed.FS

// Sources has the modules, by their names in Function.Module.
func Sources() fs.FS {
	modules, err := fs.Sub(sources, "functions")
	if err != nil {
		panic(err) // the name is valid
	}
	return modules
}

// Function is one of the ten.
type Function struct {
	// Name is what it is called by, Module the file of Sources that exports it.
	Name, Module string
	// Computes says that it computes; else it fetches a page that takes Wait.
	Computes bool
	Wait     time.Duration
	// task is what a function that computes is asked, want its reply.
	task any
	want func() any
}

// Functions are the ten, in a fixed order: those that compute come first.
func Functions() []Function {
	list := []Function{
		{Name: "fibonacci", task: number{fibonacciOf}, want: func() any { return wantFibonacci(fibonacciOf) }},
		{Name: "sha256", task: size{digestOf}, want: func() any { return wantDigest(digestOf) }},
		{Name: "matrix", task: number{matrixOf}, want: func() any { return wantMatrix(matrixOf) }},
		{Name: "json", task: map[string]any{"orders": orders(ordersOf)}, want: func() any { return wantReport(orders(ordersOf)) }},
		{Name: "sort", task: number{sortOf}, want: func() any { return wantSorted(sortOf) }},
	}
	for i := range list {
		list[i].Module, list[i].Computes = list[i].Name+".js", true
	}
	for _, ms := range []int{0, 5, 20, 50, 100} {
		list = append(list, Function{Name: "page-" + strconv.Itoa(ms), Module: "page.js", Wait: time.Duration(ms) * time.Millisecond})
	}
	return list
}

// How much each is to compute: some tenths of a millisecond, once it is compiled.
const (
	fibonacciOf = 19
	digestOf    = 8 << 10
	matrixOf    = 48
	ordersOf    = 200
	sortOf      = 1500
)

type (
	number struct {
		N int `json:"n"`
	}
	size struct {
		Size int `json:"size"`
	}
)

// Payload is what the function is sent; origin is where Pages is served, as
// "http://host:port".
func (f Function) Payload(origin string) []byte {
	task := f.task
	if !f.Computes {
		task = map[string]string{"url": origin + "/page?ms=" + url.QueryEscape(strconv.FormatInt(f.Wait.Milliseconds(), 10))}
	}
	text, err := json.Marshal(task)
	if err != nil {
		panic(err) // numbers and strings
	}
	return text
}

// Write makes the folder, and in it a module and a manifest for each function, which may
// fetch from 127.0.0.1. more is added to each manifest, as "isolation: context\n".
func Write(folder, more string) error {
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return fmt.Errorf("workload: %w", err)
	}
	for _, f := range Functions() {
		module, err := fs.ReadFile(Sources(), f.Module)
		if err != nil {
			return fmt.Errorf("workload: %w", err)
		}
		manifest := more
		if !f.Computes {
			manifest += "permissions: { net: [\"127.0.0.1:*\"] }\n"
		}
		for name, text := range map[string]string{f.Name + ".js": string(module), f.Name + ".yaml": manifest} {
			if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
				return fmt.Errorf("workload: %w", err)
			}
		}
	}
	return nil
}
