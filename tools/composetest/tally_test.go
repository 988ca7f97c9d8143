package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestVerdict(t *testing.T) {
	kill := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	// at is a call that was sent so long after the kill.
	at := func(sent, took time.Duration, what string) result {
		return result{sent: kill.Add(sent), took: took, what: what}
	}
	fine := []result{
		at(-time.Minute, time.Millisecond, ok),
		at(-time.Millisecond, 2*time.Millisecond, ok),
		at(time.Millisecond, time.Millisecond, ok),
		at(time.Minute, time.Millisecond, ok),
	}
	for name, test := range map[string]struct {
		more []result
		want string
	}{
		"all went well":                {},
		"in flight at the kill":        {more: []result{at(-time.Second, 3*time.Second, noReply)}},
		"sent at once after":           {more: []result{at(time.Millisecond, 3*time.Second, noReply)}},
		"failed before the kill":       {[]result{at(-time.Minute, time.Second, noReply)}, "1 calls failed that the killed node cannot have had: no reply in time"},
		"failed long after":            {[]result{at(settle, time.Second, "exception")}, "1 calls failed that the killed node cannot have had: exception"},
		"as many as were in flight":    {more: repeat(at(time.Millisecond, 3*time.Second, noReply), 1+50)},
		"more than could be in flight": {repeat(at(time.Millisecond, 3*time.Second, noReply), 1+50+1), "52 calls failed: 1 were in flight"},
	} {
		t.Run(name, func(t *testing.T) {
			s := summarize(append(test.more, fine...), kill)
			require.Equal(t, len(test.more), s.failed())
			err := s.verdict(config{rate: 100})
			if test.want == "" {
				require.NoError(t, err, "%s", s)
			} else {
				require.ErrorContains(t, err, test.want)
			}
		})
	}
	require.ErrorContains(t, summarize(nil, kill).verdict(config{rate: 100}), "none of 0 calls went well")
	require.ErrorContains(t, summarize(repeat(at(0, 0, noReply), 3), kill).verdict(config{rate: 100}), "none of 3 calls went well")
}

func repeat(r result, n int) []result {
	all := make([]result, n)
	for i := range all {
		all[i] = r
	}
	return all
}

func TestTable(t *testing.T) {
	kill := time.Unix(0, 0)
	s := summarize([]result{
		{sent: kill.Add(-time.Second), took: 40 * time.Millisecond, what: ok},
		{sent: kill.Add(-time.Second), took: 3 * time.Second, what: noReply},
		{sent: kill.Add(time.Millisecond), took: time.Millisecond, what: "crashed"},
	}, kill)
	require.Equal(t, `sent                      answered before the kill  in flight at the kill  within 1 s after  later
ok                                               1                      0                 0      0
crashed                                          0                      0                 1      0
no reply in time                                 0                      1                 0      0

3 calls, 2 failed; of those that went well the median took 40ms, the slowest 40ms
1 had no reply: the killed node had them. A call without JetStream is delivered at most once.
`, s.String())
}

func TestAlive(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"all":         {`[{"name":"a","state":"alive"},{"name":"b","state":"alive"}]`, ""},
		"one is dead": {`[{"name":"a","state":"alive"},{"name":"b","state":"dead"}]`, "1 members are alive, not 2: a alive, b dead"},
		"one was":     {`[{"name":"a","state":"alive"},{"name":"b","state":"dead"},{"name":"c","state":"alive"}]`, ""},
		"none":        {`[]`, "0 members are alive, not 2"},
		"no JSON":     {`error`, "isolane members: invalid character"},
	} {
		t.Run(name, func(t *testing.T) {
			err := alive([]byte(test.text), 2)
			if test.want == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, test.want)
			}
		})
	}
}

func TestOnlyANodesProcessIsKilled(t *testing.T) {
	for _, pid := range []int{-1, 0, 1, 1 << 30} {
		require.False(t, isNode(pid), "%d", pid)
	}
}
