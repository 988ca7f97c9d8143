package function

import (
	"math"

	"github.com/cespare/xxhash/v2"
)

// InPortion reports whether the invocation of that id belongs to the part of percent of
// all that goes to another version. It is the same on every node and at every time, so a
// call that is repeated with its id stays with the version that it had; and whoever is in
// a smaller part is in each larger one.
func InPortion(id string, percent float64) bool {
	const steps = 10_000
	return xxhash.Sum64String(id)%steps < uint64(math.Round(max(0, min(percent, 100))*steps/100))
}
