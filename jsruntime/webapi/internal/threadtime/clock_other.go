//go:build !linux

package threadtime

import "time"

// began is what times are told from.
var began = time.Now()

// clock is the wall's: a thread's own is not known here.
func clock() time.Duration { return time.Since(began) }
