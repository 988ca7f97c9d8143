// Package autoscale decides how many runtimes a node should have, by how long calls wait
// to start. It grows fast and shrinks slowly:
//
// More, where calls have waited for Config.GrowAt or longer throughout Config.GrowAfter: by
// a half, one at least. Not beyond the CPUs where these are busy: a further runtime would
// only divide them anew. Where they are not, runtimes wait for something else than the CPU
// (calls in flight at their limit, a container held below its CPUs), and more help, if calls
// have waited for ten times as long.
//
// Fewer, where calls have started within Config.ShrinkAt and one runtime less would still
// be under Config.Full of its time in JavaScript, throughout Config.ShrinkAfter: by one.
// Where that turned out to be wrong, in that more were needed soon after, the next time it
// waits twice as long, up to sixteen times.
//
//	var s autoscale.State
//	want := s.Decide(cfg, autoscale.Sample{At: now, Runtimes: 2, Delay: delay, ...})
//
// It is pure: time and load are handed in. A State belongs to one owner.
//
// Not for: starting and draining runtimes (actors), the total of a cluster (which wins).
package autoscale
