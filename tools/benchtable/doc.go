// Benchtable prints a Markdown table of what `go test -bench` measured in pairs: ours
// beside bare, the ratio with its spread, and whether it meets its target.
//
//	go test -run '^$' -bench Cost ./jsruntime/v8 | go run ./tools/benchtable
//	go run ./tools/benchtable .bench/latest.txt
//
// It reads the lines that report the metric x-bare, and passes over all others; what
// the metrics mean stands in jsruntime/v8/cost_pair_test.go. A benchmark that ran
// several times (-count) is one row: the medians, and the widest spread.
package main
