package admin

import "encoding/json"

// MaxProfileSeconds is how long a profile may be.
const MaxProfileSeconds = 60

// ProfileWanted says what is to be profiled.
type ProfileWanted struct {
	Function string `json:"function"`
	// Seconds is for how long, MaxProfileSeconds at most.
	Seconds float64 `json:"seconds"`
}

// Profiled is a function's profile, or why there is none.
type Profiled struct {
	Node string `json:"node"`
	// Runtimes is how many runtimes were sampled, Runtime the one that spent most time in the
	// function, and Hits how many samples found it there.
	Runtimes int `json:"runtimes"`
	Runtime  int `json:"runtime"`
	Hits     int `json:"hits"`
	// Profile is a .cpuprofile.
	Profile json.RawMessage `json:"profile,omitempty"`
	Error   string          `json:"error,omitempty"`
}
