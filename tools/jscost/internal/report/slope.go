package report

// Slope returns by how much y grows with each x, by least squares; 0 for fewer than
// two points.
func Slope(x, y []float64) float64 {
	n := float64(len(x))
	var sx, sy float64
	for i := range x {
		sx += x[i]
		sy += y[i]
	}
	var above, below float64
	for i := range x {
		above += (x[i] - sx/n) * (y[i] - sy/n)
		below += (x[i] - sx/n) * (x[i] - sx/n)
	}
	if below == 0 {
		return 0
	}
	return above / below
}
