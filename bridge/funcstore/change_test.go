package funcstore

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func stamp(by string) Stamp { return NewStamp(by, noon) }

// version is a version of the function f, of a digit.
func version(digit byte) Version {
	name := strings.Repeat(string(digit), 12)
	return Version{Version: name, Object: "f/" + name + "/x", Size: 3, SHA256: strings.Repeat("a", 64), Manifest: "isolation: warm\n"}
}

// run applies the steps of a script to an empty record: d1 deploys version 1, s2 shares
// with version 2, p promotes, a aborts, r goes back, r3 goes back to version 3, x removes.
func run(t *testing.T, script string) Record {
	t.Helper()
	r := Record{Format: Format, Name: "f"}
	for step := range strings.FieldsSeq(script) {
		var err error
		r, err = apply(r, step)
		require.NoError(t, err, step)
		_, err = r.Encode()
		require.NoError(t, err, step)
	}
	return r
}

func apply(r Record, step string) (Record, error) {
	arg := ""
	if len(step) > 1 {
		arg = strings.Repeat(step[1:2], 12)
	}
	switch step[0] {
	case 'd':
		return r.Deploy(version(step[1]), 0, stamp("d"))
	case 'c':
		return r.Deploy(version(step[1]), 10, stamp("c"))
	case 's':
		return r.SplitTo(arg, 25, stamp("s"))
	case 'p':
		return r.Promote(stamp("p"))
	case 'a':
		return r.Abort(stamp("a"))
	case 'r':
		return r.Rollback(arg, stamp("r"))
	case 'x':
		return r.Remove(stamp("x"))
	case 'k':
		return r.Keep(int(step[1] - '0')), nil
	}
	return r, fmt.Errorf("no step %q", step)
}

// shown is the record in short: current, split, versions, those withdrawn with a minus.
func shown(r Record) string {
	s := "-"
	if r.Current != "" {
		s = r.Current[:1]
	}
	if r.Split != nil {
		s += fmt.Sprintf("/%s=%g", r.Split.Version[:1], r.Split.Percent)
	}
	s += " "
	for _, v := range r.Versions {
		if v.Withdrawn != nil {
			s += "-"
		}
		s += v.Version[:1]
	}
	return s
}

func TestChanges(t *testing.T) {
	for script, want := range map[string]string{
		"d1":                   "1 1",
		"d1 d2 d3":             "3 321",
		"d1 d2 r":              "1 1-2",
		"d1 d2 d3 r r":         "1 1-2-3",
		"d1 d2 r d3 r":         "1 1-3-2", // never back to what somebody went back from
		"d1 d2 r r2":           "2 2-1",   // unless it is named
		"d1 d2 r d2":           "2 21",    // or deployed again
		"d1 c2":                "1/2=10 21",
		"d1 c2 s2":             "1/2=25 21",
		"d1 c2 p":              "2 21",
		"d1 c2 a":              "1 -21",
		"d1 c2 r":              "1 -21", // a rollback takes the split back first
		"d1 d2 s1 p":           "1 12",
		"d1 d2 s1 r1":          "1 1-2",
		"d1 x":                 "- 1",
		"d1 d2 x r":            "2 21",
		"d1 d2 x d3":           "3 321",
		"d1 d2 d3 d4 k2":       "4 43",
		"d1 d2 d3 r1 k1":       "1 1",
		"d1 c2 k1":             "1/2=10 21",
		"d1 d2 d3 d4 s1 k2":    "4/1=25 41",
		"d1 d2 d3 s1 k2 a d5 ": "5 53-1",
	} {
		require.Equal(t, want, shown(run(t, script)), script)
	}
}

func TestChangesRefused(t *testing.T) {
	for script, want := range map[string]error{
		"d1 d1": ErrUnchanged, "c1": ErrSplit, "d1 c1": ErrUnchanged, "d1 s1": ErrUnchanged, "d1 s2": ErrNoVersion,
		"d1 c2 d3": ErrSplit, "d1 c2 c3": ErrSplit, "d3 d1 c2 s3": ErrSplit, "d1 c2 s2 s2": ErrUnchanged,
		"p": ErrSplit, "d1 p": ErrSplit, "d1 a": ErrSplit, "r": ErrNoVersion, "d1 r": ErrNoVersion, "d1 r2": ErrNoVersion, "d1 r1": ErrUnchanged,
		"x": ErrUnchanged, "d1 d2 r r": ErrNoVersion, "d1 x s1": ErrSplit,
	} {
		steps := strings.Fields(script)
		r := run(t, strings.Join(steps[:len(steps)-1], " "))
		before := shown(r)
		_, err := apply(r, steps[len(steps)-1])
		require.ErrorIs(t, err, want, script)
		require.Equal(t, before, shown(r), script)
	}
}

func TestPercent(t *testing.T) {
	for _, good := range []float64{0.01, 0.1, 1, 33.33, 50, 99.99} {
		require.NoError(t, CheckPercent(good), good)
	}
	for _, bad := range []float64{0, -1, 100, 101, 0.001, 33.333} {
		require.ErrorIs(t, CheckPercent(bad), ErrSplit, bad)
	}
}

func TestFindByBeginning(t *testing.T) {
	r := run(t, "d1 d2")
	v, ok := r.Find("111111")
	require.True(t, ok)
	require.Equal(t, r.Versions[1], v)
	for _, none := range []string{"", "11111", "1111113", "1111111111111"} {
		_, ok = r.Find(none)
		require.False(t, ok, none)
	}
}

// Whatever is done in whatever order, the record stays one that can be written and read,
// no change alters the record that it was made from, and what is served is kept.
func TestAnyChanges(t *testing.T) {
	steps := []string{"d1", "d2", "d3", "d4", "c1", "c2", "c3", "s1", "s2", "p", "a", "r", "r1", "r4", "x", "k1", "k3"}
	rapid.Check(t, func(t *rapid.T) {
		r := Record{Format: Format, Name: "f"}
		for _, step := range rapid.SliceOf(rapid.SampledFrom(steps)).Draw(t, "steps") {
			before := shown(r)
			next, err := apply(r, step)
			require.Equal(t, before, shown(r))
			if err != nil {
				continue
			}
			data, err := next.Encode()
			require.NoError(t, err)
			read, err := Decode("f", data)
			require.NoError(t, err)
			require.Equal(t, shown(next), shown(read))
			live := next.Live()
			require.Equal(t, next.Current != "", len(live) > 0)
			require.True(t, slices.IsSortedFunc(live, func(a, _ Version) int {
				if a.Version == next.Current {
					return -1
				}
				return 1
			}))
			r = next
		}
	})
}
