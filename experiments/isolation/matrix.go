package isolation

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/experiments/lab"
	"github.com/isolane/isolane/experiments/lab/record"
	"github.com/isolane/isolane/experiments/lab/rig"
	"github.com/isolane/isolane/internal/child"
)

//go:embed probes/*.js rival.mjs
var programs embed.FS

// theft are the probes that take something away: what the next call notices is measured.
// facts are those that attack nothing.
func theft(probe string) bool { return probe == "cpu" || probe == "memory" }

func fact(probe string) bool {
	return probe == "shared-memory" || probe == "clock" || probe == "stacks"
}

// probes are their names, in the order of the table.
func probes() []string {
	return []string{
		"globals", "prototypes", "builtins", "symbols", "regexp", "module", "timers", "promises", "code-cache",
		"cpu", "memory", "shared-memory", "clock", "stacks",
	}
}

// columns are those of the matrix: who attacks, who looks, and where.
func columns() []string {
	return []string{
		process, isolate, fresh, warm, warm + ", other function", dedicated + ", other function",
		"Node vm", "Node worker_threads", "Node main", "Deno Web Worker", "Deno main",
	}
}

// chosen are the columns and probes of a scale: a small one has all columns and of each kind
// of probe some.
func chosen(s lab.Scale) (columnsOf, probesOf []string) {
	switch s {
	case lab.Smoke:
		return []string{process, isolate, fresh, warm, warm + ", other function", "Node vm", "Deno main"}, []string{"globals", "timers", "cpu"}
	case lab.Quick:
		return columns(), []string{"globals", "prototypes", "timers", "cpu", "memory", "clock"}
	case lab.Full:
	}
	return columns(), probes()
}

// stolen is how much processor time a call may take, in Isolane by its limit and in the rivals by
// theirs.
func stolen(s lab.Scale) time.Duration {
	return lab.Pick(s, time.Second, 300*time.Millisecond, 300*time.Millisecond)
}

// seen is what a look or an attack came to.
type seen struct {
	Said   string  `json:"said"`
	Failed string  `json:"failed"`
	MS     float64 `json:"ms"`
}

func (s seen) text() string {
	if s.Failed != "" {
		return "failed: " + s.Failed
	}
	return s.Said
}

// verdict is the cell of a probe: whether the second look saw the attack. leak reports that it did.
func verdict(probe string, before, attack, after seen) (value string, leak bool) {
	switch {
	case after.Failed != "":
		return "next call fails", true
	case theft(probe):
		return fmt.Sprintf("next call after %.0f ms", after.MS), false
	case fact(probe):
		return after.Said, false
	case before.Said == after.Said && strings.HasPrefix(after.Said, "refused"):
		return after.Said, false
	case before.Said == after.Said && attack.Failed != "":
		return "isolated; attack failed", false
	case before.Said == after.Said:
		return "isolated", false
	default:
		return "**seen**: " + after.Said, true
	}
}

// matrix runs every probe in every model.
func matrix(ctx context.Context, b *lab.Bench) (*lab.Took, error) {
	files := map[string]string{}
	for _, probe := range probes() {
		text, err := programs.ReadFile("probes/" + probe + ".js")
		if err != nil {
			return nil, err
		}
		files[probe+".js"] = string(text)
		for _, model := range []string{warm, fresh, isolate, dedicated, "other"} {
			files[probe+"-"+model+".js"], files[probe+"-"+model+".yaml"] = string(text), manifest(model)
		}
	}
	rival, err := programs.ReadFile("rival.mjs")
	if err != nil {
		return nil, err
	}
	files["_rival.mjs"] = string(rival)
	folder, err := b.Rig.Files("probes", files)
	if err != nil {
		return nil, err
	}
	settings := fmt.Sprintf("runtimes: { count: 1 }\nlimits: { cpu: %s }\n", stolen(b.Scale))
	s, err := b.Rig.Stage(ctx, rig.StageConfig{Node: rig.NodeConfig{Functions: folder, Settings: settings}})
	if err != nil {
		return nil, err
	}
	if _, err := b.Rig.Part(ctx, "processes", rig.Place{}, "-nats", s.Server.URL, "-functions", folder); err != nil {
		return nil, err
	}
	took := &lab.Took{Metrics: map[string]float64{}}
	leaks := 0
	columnsOf, probesOf := chosen(b.Scale)
	for _, column := range columnsOf {
		for _, probe := range probesOf {
			if err := context.Cause(ctx); err != nil {
				return nil, err
			}
			cell := record.Cell{Row: probe, Column: column, Source: "experiments/isolation/probes/" + probe + ".js"}
			before, attack, after, err := try(ctx, s.Conn, folder, column, probe, stolen(b.Scale))
			switch {
			case errors.Is(err, errNotInstalled):
				cell.Value = "not installed"
			case err != nil:
				cell.Value, cell.Detail = "**the process ended**", err.Error()
			default:
				var leak bool
				cell.Value, leak = verdict(probe, before, attack, after)
				cell.Detail = fmt.Sprintf("before: %s; attack: %s; after: %s", before.text(), attack.text(), after.text())
				if leak && (column == isolate || column == process) {
					leaks++
				}
			}
			took.Cells = append(took.Cells, cell)
		}
	}
	took.Metrics["leaks"] = float64(leaks)
	return took, nil
}

var errNotInstalled = errors.New("not installed")

// try runs a probe in a column.
func try(ctx context.Context, conn *nats.Conn, folder, column, probe string, limit time.Duration) (before, attack, after seen, err error) {
	switch column {
	case "Node vm":
		return rivals(ctx, folder, probe, "node", "vm", limit)
	case "Node worker_threads":
		return rivals(ctx, folder, probe, "node", "worker", limit)
	case "Node main":
		return rivals(ctx, folder, probe, "node", "main", limit)
	case "Deno Web Worker":
		return rivals(ctx, folder, probe, "deno", "webworker", limit)
	case "Deno main":
		return rivals(ctx, folder, probe, "deno", "main", limit)
	}
	model, other, _ := strings.Cut(column, ",")
	attacker := "fn." + probe + "-" + model
	if model == process {
		attacker = "process." + probe
	}
	looker := attacker
	if other != "" {
		looker = "fn." + probe + "-other"
	}
	before = call(ctx, conn, looker, "look")
	if theft(probe) {
		var both sync.WaitGroup
		began := time.Now()
		both.Go(func() { attack = call(ctx, conn, attacker, "attack") })
		if err := bridge.Pause(ctx, begunAfter); err != nil { // the attack is to be first
			both.Wait()
			return before, attack, after, err
		}
		for ctx.Err() == nil {
			if after = call(ctx, conn, looker, "look"); after.Failed == "" && after.Said == "answered" {
				break
			}
		}
		after.MS = float64(time.Since(began).Milliseconds())
		both.Wait()
		return before, attack, after, nil
	}
	attack = call(ctx, conn, attacker, "attack")
	return before, attack, call(ctx, conn, looker, "look"), nil
}

// begunAfter is when an attack has surely begun.
const begunAfter = 30 * time.Millisecond

// call calls a function with what it is to do.
func call(ctx context.Context, conn *nats.Conn, subject, act string) seen {
	began := time.Now()
	reply, err := ask(ctx, conn, subject, `{"act":"`+act+`"}`)
	s := seen{Said: string(reply), MS: float64(time.Since(began).Microseconds()) / 1000}
	if err != nil {
		s.Failed = err.Error()
	}
	return s
}

// rivals runs a probe in Node or Deno. An error other than errNotInstalled says that the
// process ended, or did not.
func rivals(ctx context.Context, folder, probe, program, model string, limit time.Duration) (before, attack, after seen, err error) {
	path, err := exec.LookPath(program)
	if err != nil {
		return before, attack, after, errNotInstalled
	}
	// One that cannot be ended by its limit is given four times that, and time to start.
	ctx, cancel := context.WithTimeout(ctx, time.Second+4*limit)
	defer cancel()
	var args []string
	if program == "deno" {
		args = []string{"run", "--allow-all", "--quiet"}
	} else {
		args = []string{"--max-old-space-size=128"}
	}
	cmd := exec.CommandContext(ctx, path, append(args, "_rival.mjs", model, probe+".js", strconv.FormatInt(limit.Milliseconds(), 10))...) //nolint:gosec // found on the path
	cmd.Dir, cmd.Env, cmd.WaitDelay = folder, append(os.Environ(), "NO_COLOR=1"), time.Second
	out, err := child.Output(cmd)
	if err != nil {
		return before, attack, after, fmt.Errorf("%s %s: %w", program, model, err)
	}
	var answer struct{ Before, Attack, After seen }
	if err := json.Unmarshal(out, &answer); err != nil {
		return before, attack, after, fmt.Errorf("%s %s says %.200q: %w", program, model, out, err)
	}
	if theft(probe) {
		answer.After.MS += answer.Attack.MS
	}
	return answer.Before, answer.Attack, answer.After, nil
}

// tables shows the matrix of the first repetition that has one.
func tables(r *lab.Results) []lab.Table {
	all := r.All(safety)
	if len(all) == 0 {
		return nil
	}
	t := lab.Table{
		Title: "What calls can see and take of one another", Header: append([]string{"probe"}, columns()...),
		Note: "*seen*: a call after the attack saw what it did. *next call after*: how long a call that is sent together with the attack waits for its answer. `process`, `isolate`, `context` and `warm` call the same function again; the others another function of the node. Each cell is the result of a program that ran; the raw data have what it said before, at and after the attack.",
	}
	for _, probe := range probes() {
		if !slices.ContainsFunc(all[0].Cells, func(c record.Cell) bool { return c.Row == probe }) {
			continue // a small run tries some
		}
		row := []string{"[" + probe + "](https://github.com/isolane/isolane/tree/main/experiments/isolation/probes/" + probe + ".js)"}
		for _, column := range columns() {
			row = append(row, value(all[0].Cells, probe, column))
		}
		t.Rows = append(t.Rows, row)
	}
	return []lab.Table{t}
}

func value(cells []record.Cell, row, column string) string {
	for _, c := range cells {
		if c.Row == row && c.Column == column {
			return c.Value
		}
	}
	return ""
}
