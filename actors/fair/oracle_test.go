package fair

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// oracle is a Schedule as its documentation words it: a list that is searched whole.
type oracle struct {
	flows []*model
	now   time.Duration
	order uint64
}

// model is a flow of an oracle.
type model struct {
	weight   time.Duration
	start    time.Duration
	expected time.Duration
	order    uint64
	in       bool
}

func (o *oracle) enter(m *model) {
	if m.in {
		return
	}
	m.in = true
	m.start = min(max(m.start, o.now), o.now+lead)
	o.order++
	m.order = o.order
}

func (o *oracle) serve(m *model) time.Duration {
	m.start = max(m.start, o.now-lag)
	o.now = max(o.now, m.start)
	charged := max(m.expected, least)
	m.start += charged * Heaviest / m.weight
	o.order++
	m.order = o.order
	return charged
}

func (o *oracle) settle(m *model, charged, spent time.Duration) {
	spent = max(spent, least)
	m.expected += (spent - m.expected) / learn
	m.start += spent*Heaviest/m.weight - charged*Heaviest/m.weight
}

// sorted are the places of the flows that have work, the next one first.
func (o *oracle) sorted() []int {
	var in []int
	for i, m := range o.flows {
		if m.in {
			in = append(in, i)
		}
	}
	slices.SortFunc(in, func(a, b int) int {
		x, y := o.flows[a], o.flows[b]
		if x.start != y.start {
			return int(x.start - y.start)
		}
		return int(x.order) - int(y.order)
	})
	return in
}

func TestScheduleAgainstOracle(t *testing.T) {
	for seed := range uint64(80) {
		rng := rand.New(rand.NewPCG(seed, 7))
		var s Schedule[int]
		var o oracle
		flows := make([]*Flow[int], 1+rng.IntN(40))
		for i := range flows {
			w := []int{1, 4, 16, 1 + rng.IntN(16)}[rng.IntN(4)]
			flows[i] = &Flow[int]{Owner: i}
			flows[i].SetWeight(w)
			o.flows = append(o.flows, &model{weight: time.Duration(w), expected: first})
		}
		for step := range 400 {
			i := rng.IntN(len(flows))
			cost := time.Duration(rng.ExpFloat64() * float64(time.Duration(1+rng.IntN(1000))*time.Millisecond))
			switch rng.IntN(6) {
			case 0, 1:
				s.Enter(flows[i])
				o.enter(o.flows[i])
			case 2:
				s.Leave(flows[i])
				o.flows[i].in = false
			case 3, 4:
				if next := s.First(); next != nil {
					i = next.Owner
				}
				got, want := s.Serve(flows[i]), o.serve(o.flows[i])
				require.Equal(t, want, got)
				if rng.IntN(3) > 0 {
					s.Settle(flows[i], got, cost)
					o.settle(o.flows[i], want, cost)
				}
			case 5:
				s.Charge(flows[i], cost)
				o.flows[i].start += cost * Heaviest / o.flows[i].weight
			}
			var got []int
			for f := s.First(); f != nil; f = s.Next() {
				got = append(got, f.Owner)
			}
			require.Equal(t, o.sorted(), got, "seed %d, step %d", seed, step)
			require.Len(t, got, s.Len())
		}
	}
}

// TestWalkMayEndEarly: First begins anew, whatever a walk before has left.
func TestWalkMayEndEarly(t *testing.T) {
	var s Schedule[string]
	require.Nil(t, s.First())
	require.Nil(t, s.Next())
	for i := range 10 {
		s.Enter(&Flow[string]{Owner: fmt.Sprint(i)})
	}
	require.Equal(t, "0", s.First().Owner)
	require.Equal(t, "1", s.Next().Owner)
	require.Equal(t, "0", s.First().Owner)
	require.Equal(t, "1", s.Next().Owner)
	s.Leave(s.First())
	require.Equal(t, "1", s.First().Owner)
}

func TestRoom(t *testing.T) {
	for _, c := range []struct {
		name                   string
		capacity, used, weight int
		crowd                  Crowd
		want                   int
	}{
		{"the only function", 100, 99, 4, Nobody, 100},
		{"alone for now, empty", 100, 0, 4, Idle, 100},
		{"alone for now, three quarters full", 100, 75, 4, Idle, 75},
		{"others wait, half full", 100, 50, 4, Waiting, 50},
		{"others wait, nearly full", 100, 90, 4, Waiting, 10},
		{"full", 100, 100, 16, Waiting, 0},
		{"over", 100, 120, 16, Idle, 0},
		{"one is always granted", 100, 99, 1, Waiting, 1},
		{"high", 100, 50, 16, Waiting, 100},
		{"low", 100, 50, 1, Waiting, 25},
		{"no weight is an ordinary one", 100, 50, 0, Waiting, 50},
		{"between", 100, 50, 10, Waiting, 50},
		{"a queue of one", 1, 0, 4, Waiting, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, Room(c.capacity, c.used, c.weight, c.crowd))
		})
	}
}

// TestRoomConverges fills a queue as fast as may be, by any number of functions: none
// has more than its multiple of what stays free.
func TestRoomConverges(t *testing.T) {
	for n := 1; n <= 20; n++ {
		own := make([]int, n)
		used, crowd := 0, Idle
		for again := true; again; {
			again = false
			for i := range own {
				if n > 1 {
					crowd = Waiting
				}
				if own[i] < Room(1024, used, Ordinary, crowd) && used < 1024 {
					own[i]++
					used++
					again = true
				}
			}
		}
		want := 1024 * 3 / 4
		if n > 1 {
			want = 1024 / (n + 1)
		}
		for _, got := range own {
			require.InDelta(t, want, got, 1, "%d functions", n)
		}
	}
}
