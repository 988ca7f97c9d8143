package chaos

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// at is so many seconds after the fault began.
func at(seconds float64) time.Time { return noon.Add(time.Duration(seconds * float64(time.Second))) }

// call is one that was sent then, and took a tenth of a second, or all the time there is.
func call(id, fn string, sent float64, outcome string) record {
	r := record{id: id, fn: fn, sent: at(sent), outcome: outcome, ended: at(sent + 0.1), answers: 1}
	if outcome == noReply {
		r.ended, r.answers = r.sent.Add(listenFor), 0
	}
	return r
}

func ran(id, fn, node, isolate string, began float64) run {
	return run{
		ID: id, Fn: fn, Node: node, Isolate: isolate, Run: id + node + isolate, At: float64(at(began).UnixMilli()), arrived: at(began),
	}
}

// kill is a fault of ten seconds that n1 dies of.
func kill(records []record, runs ...run) evidence {
	return evidence{
		records: records, runs: runs, idempotent: map[string]bool{again: true},
		trouble: window{at(0), at(10)}, victims: map[string]window{"n1": {at(0), at(1.5)}},
	}
}

func TestJudge(t *testing.T) {
	calls := func(r ...record) []record { return r }
	for name, test := range map[string]struct {
		e    evidence
		want string // what breaks; "" nothing
	}{
		"all went well":                           {e: kill(calls(call("a", echo, -5, okay), call("b", echo, 5, okay)), ran("a", echo, "n1", "x", -5), ran("b", echo, "n2", "x", 5))},
		"lost with who died, while it ran":        {e: kill(calls(call("a", echo, -1, noReply)), ran("a", echo, "n1", "x", -1))},
		"lost with who died, before it ran":       {e: kill(calls(call("a", echo, 1, noReply)))},
		"lost where nobody died":                  {kill(calls(call("a", echo, -1, noReply)), ran("a", echo, "n2", "x", -1)), "promise 19: a of echo ended \"no reply\""},
		"lost when nobody died any more":          {kill(calls(call("a", echo, 2, noReply))), "promise 19"},
		"failed where nobody died":                {kill(calls(call("a", echo, 1, "crashed")), ran("a", echo, "n2", "x", 1)), "promise 19"},
		"failed before any fault":                 {kill(calls(call("a", solo, -5, "overloaded"))), "promise 1: a of solo ended \"overloaded\", sent 5s before the fault"},
		"failed when all was in order":            {kill(calls(call("a", solo, 11, "timeout"))), "promise 1: a of solo ended \"timeout\", sent 1s after all was in order"},
		"the dedicated one may fail meanwhile":    {e: kill(calls(call("a", solo, 5, "timeout")))},
		"two answers":                             {kill([]record{{id: "a", fn: echo, sent: at(5), ended: at(5), outcome: okay, answers: 2}}, ran("a", echo, "n2", "x", 5)), "promise 1: a of echo has 2 answers"},
		"another's answer":                        {kill([]record{{id: "a", fn: echo, sent: at(5), ended: at(5), outcome: okay, answers: 1, wrong: "{}"}}, ran("a", echo, "n2", "x", 5)), "promise 1: a of echo was answered with what is not its own"},
		"answered without a run":                  {kill(calls(call("a", echo, 5, okay))), "promise 1: a of echo was answered and never ran"},
		"ran without a call":                      {kill(nil, ran("a", echo, "n2", "x", 5)), "promise 1: a ran, and was never sent"},
		"twice":                                   {kill(calls(call("a", echo, 1, okay)), ran("a", echo, "n1", "x", 1), ran("a", echo, "n2", "x", 1)), "promise 22: a of echo ran 2 times"},
		"twice and told so":                       {e: kill(calls(call("a", echo, 1, "crashed")), ran("a", echo, "n1", "x", 1), ran("a", echo, "n2", "x", 1))},
		"twice where it may":                      {e: kill(calls(call("a", again, 1, okay)), ran("a", again, "n1", "x", 1), ran("a", again, "n2", "x", 1))},
		"more often than it may":                  {kill(calls(call("a", again, 1, okay)), ran("a", again, "n1", "1", 1), ran("a", again, "n1", "2", 1), ran("a", again, "n1", "3", 1), ran("a", again, "n1", "4", 1)), "promise 22: a of again ran 4 times"},
		"one isolate after the other":             {e: kill(calls(call("a", solo, 1, okay), call("b", solo, 8, okay)), ran("a", solo, "n1", "x", 1), ran("b", solo, "n2", "y", 8))},
		"one isolate, the notes in another order": {e: kill(calls(call("a", solo, 1, okay), call("b", solo, 8, okay)), ran("b", solo, "n2", "y", 8), ran("a", solo, "n1", "x", 1))},
		"two isolates by turns": {
			kill(calls(call("a", solo, 1, okay), call("b", solo, 2, okay), call("c", solo, 3, okay)),
				ran("a", solo, "n1", "x", 1), ran("b", solo, "n2", "y", 2), ran("c", solo, "n1", "x", 3)),
			"promise 21: c ran in an isolate on n1 after another had taken its place",
		},
		"an answer to nothing": {evidence{strange: []string{"z: {}"}}, "promise 1: an answer to a call that was never sent: z"},
	} {
		t.Run(name, func(t *testing.T) {
			found := judge(test.e)
			if test.want == "" {
				require.Empty(t, found)
				return
			}
			require.NotEmpty(t, found)
			require.Contains(t, found[0].String(), test.want)
		})
	}
}

func TestJudgeWithoutTheServer(t *testing.T) {
	e := kill([]record{call("a", echo, 5, noListener), call("b", echo, 5, noReply)}, ran("b", echo, "n2", "x", 5))
	require.NotEmpty(t, judge(e))
	e.serverGone = true
	require.Empty(t, judge(e))
	e.records = append(e.records, call("c", echo, 12, noListener))
	require.Len(t, judge(e), 1)
}

func TestJudgeWhereAnswersAreDue(t *testing.T) {
	e := kill([]record{call("a", echo, 1, noReply)}, ran("a", echo, "n1", "x", 1))
	require.Empty(t, judge(e))
	e.answersDue = true
	require.Contains(t, judge(e)[0].String(), "promise 1: a of echo has no answer, and who took it lives")
}

func TestTable(t *testing.T) {
	e := kill([]record{call("a", echo, 1, okay), call("b", solo, 1, "timeout"), call("c", echo, 1, noReply)},
		ran("a", again, "n1", "x", 1), ran("a", again, "n2", "x", 1), ran("s", solo, "n1", "x", 1))
	r := summarize(e)
	r.Scenario, r.Nodes, r.First, r.Detected, r.Converged, r.Shares, r.Solo = "kill", 3, time.Second, 1500*time.Millisecond, -1, -1, -1
	r.Notes, r.Broken = []string{"it was dark"}, []Broken{broken(oneOutcome, "x"), broken(oneOutcome, "y"), broken(neverTwice, "z")}
	var b strings.Builder
	require.NoError(t, WriteTable(&b, []Result{r, {Scenario: "cut", Nodes: 5, NotRun: "no root"}}))
	require.Equal(t, `| scenario | members | one knows | all know | agreed | runtimes | dedicated | sent | ok  | failed    | no reply | run again | isolates | promises         |
| ---      | ---     | ---       | ---      | ---    | ---      | ---       | ---  | --- | ---       | ---      | ---       | ---      | ---              |
| kill     | 3       | 1.0 s     | 1.5 s    |        |          |           | 3    | 1   | 1 timeout | 1        | 1         | 1        | broken: 1, 22    |
| cut      | 5       |           |          |        |          |           |      |     |           |          |           |          | not run: no root |

- kill: it was dark
- kill: BROKEN, promise 1: x
- kill: BROKEN, promise 1: y
- kill: BROKEN, promise 22: z
`, b.String())
}

func TestSelect(t *testing.T) {
	all, unknown := Select()
	require.Len(t, all, len(Scenarios()))
	require.Empty(t, unknown)
	some, unknown := Select("freeze", "kill", "nonsense")
	require.Equal(t, []string{"nonsense"}, unknown)
	require.Equal(t, "kill", some[0].Name)
	require.Equal(t, "freeze", some[1].Name)
}
