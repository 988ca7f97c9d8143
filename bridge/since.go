package bridge

import (
	"strconv"
	"time"

	"github.com/isolane/isolane/jsruntime/function"
)

// HeaderSince says of a request that this may not be the first run that makes it, and that no run
// which does began before: in milliseconds since 1970. Without it the run is the first one.
const HeaderSince = "Isolane-Since"

// FormatSince is a value of HeaderSince.
func FormatSince(at time.Time) string { return strconv.FormatInt(at.UnixMilli(), 10) }

// Since reads HeaderSince; the zero time where it is missing.
func Since(h function.Header) time.Time { return ReadSince(h.Get(HeaderSince)) }

// ReadSince reads what FormatSince has written; the zero time of nothing. What cannot be read is
// long ago: nothing is known.
func ReadSince(text string) time.Time {
	if text == "" {
		return time.Time{}
	}
	ms, err := strconv.ParseInt(text, 10, 64)
	if err != nil || ms < 0 {
		ms = 0
	}
	return time.UnixMilli(ms)
}
