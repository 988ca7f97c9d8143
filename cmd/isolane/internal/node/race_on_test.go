//go:build race

package node

// raceDetector says that the tests run under the race detector, which makes V8's
// allocations many times dearer.
const raceDetector = true
