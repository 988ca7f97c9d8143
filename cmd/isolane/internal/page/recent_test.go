package page

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/actors/latency"
	"github.com/isolane/isolane/cmd/isolane/internal/admin"
)

// tell is what a node says that had a call in the column before the last, and failures so long
// ago each.
func tell(node string, now time.Time, ago ...time.Duration) admin.Recent {
	var columns [Slots]latency.Counts
	columns[Slots-2].Observe(time.Millisecond)
	var failures []Failure
	for i, d := range ago {
		failures = append(failures, Failure{Outcome: "exception", Message: fmt.Sprint("error ", i), Seen: now.Add(-d)})
	}
	return Tell(node, &columns, failures, now)
}

// What nodes tell is taken together, whatever their clocks say, and whoever says nothing is named.
func TestTogether(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	wrong := now.Add(-72 * time.Hour) // by node-2's clock
	told := []admin.Recent{tell("node-1", now, time.Second, time.Minute), tell("node-2", wrong, 2*time.Second), {Node: "node-3"}}
	r := Together(told, []string{"node-1", "node-9", "node-2", "node-3", "node-8"}, now)
	require.EqualValues(t, 2, r.Columns[Slots-2].Total())
	require.Equal(t, []string{"node-8", "node-9"}, r.Missing)
	require.Len(t, r.Failures, 2)
	require.Equal(t, []string{"node-1", "node-2"}, r.Failures[0].Nodes)
	require.Equal(t, now.Add(-time.Second), r.Failures[0].Seen, "the newest of both")
	require.Equal(t, "error 1", r.Failures[1].Message)
	require.Equal(t, Recent{Missing: []string{"node-1"}}, Together(nil, []string{"node-1"}, now))
}

// However much nodes tell, and whatever, there are ten failures, of the columns that there are.
func TestTogetherIsBounded(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	var told []admin.Recent
	for i := range 50 {
		one := admin.Recent{Node: fmt.Sprint(i), Columns: []admin.RecentColumn{
			{Ago: -1, Durations: &admin.Durations{Counts: []uint64{1}}},
			{Ago: Slots, Durations: &admin.Durations{Counts: []uint64{1}}},
			{Ago: 0},
			{Ago: 0, Durations: &admin.Durations{From: -5, Counts: []uint64{1}}},
		}}
		for k := range 40 {
			one.Failures = append(one.Failures, admin.RecentFailure{Message: fmt.Sprint(i, "-", k), AgoMS: int64(i)})
		}
		told = append(told, one)
	}
	r := Together(told, nil, now)
	require.Len(t, r.Failures, maxFailures)
	for i := range r.Columns {
		require.Zero(t, r.Columns[i].Total())
	}

	// A node's answer about the worst of functions is one message by NATS's defaults.
	var columns [Slots]latency.Counts
	var failures []Failure
	for i := range columns {
		for b := range columns[i].N {
			columns[i].N[b] = 1 << 40
		}
	}
	for range maxFailures {
		failures = append(failures, Failure{Message: strings.Repeat("\x01", 1<<10), Stack: strings.Repeat("\x01", 8<<10)})
	}
	body, err := json.Marshal(Tell("node-1", &columns, failures, now))
	require.NoError(t, err)
	require.Less(t, len(body), 1<<20)
}

// The page names who did not answer, and where an error was; what a node says of that is escaped.
func TestRecentPart(t *testing.T) {
	src := sources(t, 6, hostile)
	at := serve(t, src)
	_, body, _ := get(t, at+"/functions/function-0005")
	require.Contains(t, body, "Durations on all nodes")
	require.Contains(t, body, "on node-1")
	require.Equal(t, 2, strings.Count(body, "no answer over NATS"), "once for durations, once for errors")
	require.Contains(t, body, `/functions/function-0005/source?file=src%2Fpay.ts#L2`)

	// Of one that this node does not serve there is no source here to lead to.
	_, body, _ = get(t, at+"/functions/elsewhere")
	require.NotContains(t, body, "/source?")
}
