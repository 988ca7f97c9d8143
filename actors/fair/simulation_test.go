package fair

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// load is a function in a simulation.
type load struct {
	weight int
	cost   func(*rand.Rand) time.Duration
	// every is the time between two of its calls; 0: it always has some.
	every time.Duration
	// may keeps it from being started, where it is not nil.
	may func(now time.Duration) bool

	flow    Flow[*load]
	waiting []time.Duration
	next    time.Duration
	spent   time.Duration
	longest time.Duration
}

func fixed(d time.Duration) func(*rand.Rand) time.Duration {
	return func(*rand.Rand) time.Duration { return d }
}

// simulate has servers run what loads ask for until end, on a clock of its own.
func simulate(loads []*load, servers int, end time.Duration) {
	rng := rand.New(rand.NewPCG(1, 1))
	var s Schedule[*load]
	type turn struct {
		of            *load
		until         time.Duration
		charged, cost time.Duration
	}
	busy := make([]turn, servers)
	for _, l := range loads {
		l.flow.Owner = l
		l.flow.SetWeight(l.weight)
		if l.every == 0 {
			s.Enter(&l.flow)
		}
	}
	for now := time.Duration(0); now < end; now += 10 * time.Microsecond {
		for _, l := range loads {
			for ; l.every > 0 && l.next <= now; l.next += l.every {
				l.waiting = append(l.waiting, l.next)
				s.Enter(&l.flow)
			}
		}
		for i := range busy {
			if of := busy[i].of; of != nil {
				if busy[i].until > now {
					continue
				}
				of.spent += busy[i].cost
				s.Settle(&of.flow, busy[i].charged, busy[i].cost)
				busy[i].of = nil
			}
			f := s.First()
			for f != nil && f.Owner.may != nil && !f.Owner.may(now) {
				f = s.Next()
			}
			if f == nil {
				continue
			}
			l := f.Owner
			if l.every > 0 {
				l.longest = max(l.longest, now-l.waiting[0])
				if l.waiting = l.waiting[1:]; len(l.waiting) == 0 {
					s.Leave(f)
				}
			}
			cost := l.cost(rng)
			busy[i] = turn{l, now + cost, s.Serve(f), cost}
		}
	}
}

// TestSharesFollowWeights: whatever calls cost, and though it is known only afterwards.
func TestSharesFollowWeights(t *testing.T) {
	for _, servers := range []int{1, 2, 8} {
		long := func(rng *rand.Rand) time.Duration { return time.Duration(rng.IntN(40)) * time.Millisecond }
		short := fixed(200 * time.Microsecond)
		var loads []*load
		for range 4 {
			loads = append(loads, &load{weight: 4, cost: long}, &load{weight: 4, cost: short}, &load{weight: 1, cost: short}, &load{weight: 16, cost: long})
		}
		const end = 20 * time.Second
		simulate(loads, servers, end)
		total := time.Duration(0)
		for _, l := range loads {
			total += l.spent
		}
		require.Greater(t, total, end*time.Duration(servers)*9/10, "the servers are busy")
		for i, l := range loads {
			share := float64(l.spent) / float64(total)
			want := float64(l.weight) / float64(4*(4+4+1+16))
			require.InEpsilon(t, want, share, 0.15, "load %d of weight %d, %d servers", i, l.weight, servers)
		}
	}
}

// TestAFloodDelaysNobody: one that asks now and then waits for no more than the turns
// that run.
func TestAFloodDelaysNobody(t *testing.T) {
	flood := &load{weight: 16, cost: fixed(3 * time.Millisecond)}
	calm := &load{weight: 1, cost: fixed(100 * time.Microsecond), every: 10 * time.Millisecond}
	simulate([]*load{flood, calm}, 2, 10*time.Second)
	require.LessOrEqual(t, calm.longest, 3*time.Millisecond+20*time.Microsecond)
	require.Greater(t, flood.spent, 19*time.Second)
}

// TestIdlingSavesNothingUp: who comes late gets its share, and no more.
func TestIdlingSavesNothingUp(t *testing.T) {
	always := &load{weight: 4, cost: fixed(time.Millisecond)}
	late := &load{weight: 4, cost: fixed(time.Millisecond), every: 500 * time.Microsecond, next: 5 * time.Second}
	simulate([]*load{always, late}, 1, 6*time.Second)
	require.InDelta(t, 500*time.Millisecond, late.spent, float64(20*time.Millisecond))
}

// TestWhatHadNoRoomCatchesUpALittle: who was kept out for a long time does not then keep
// the others out.
func TestWhatHadNoRoomCatchesUpALittle(t *testing.T) {
	always := &load{weight: 4, cost: fixed(time.Millisecond)}
	kept := &load{weight: 4, cost: fixed(time.Millisecond), may: func(now time.Duration) bool { return now > 5*time.Second }}
	simulate([]*load{always, kept}, 1, 6*time.Second)
	require.InDelta(t, 500*time.Millisecond, kept.spent, float64(lag*Ordinary/Heaviest)+float64(20*time.Millisecond))
}

// TestADebtIsBounded: background work makes a function wait, but not for ever.
func TestADebtIsBounded(t *testing.T) {
	var s Schedule[*load]
	other := &Flow[*load]{}
	s.Enter(other)
	debtor := &Flow[*load]{}
	s.Charge(debtor, time.Hour)
	s.Enter(debtor)
	served := time.Duration(0)
	for s.First() != debtor {
		s.Settle(other, s.Serve(other), 10*time.Millisecond)
		served += 10 * time.Millisecond
		require.LessOrEqual(t, served, 6*time.Second)
	}
	require.Greater(t, served, 4*time.Second)
}

// BenchmarkSchedule serves the next of n functions that all have work, and looks at the
// eight after it.
func BenchmarkSchedule(b *testing.B) {
	for name, n := range map[string]int{"2": 2, "100": 100, "10000": 10_000} {
		b.Run(name, func(b *testing.B) {
			var s Schedule[int]
			flows := make([]Flow[int], n)
			for i := range flows {
				s.Enter(&flows[i])
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				f := s.First()
				for range 7 {
					s.Next()
				}
				s.Settle(f, s.Serve(f), time.Duration(i%1000)*time.Microsecond)
			}
		})
	}
}
