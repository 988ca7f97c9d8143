package admin

// RecentWanted says of which function it is asked for.
type RecentWanted struct {
	Function string `json:"function"`
}

// Recent is what a node saw of a function in the last ten minutes, and its last failures. Times
// are how long ago something was, so that clocks need not agree.
type Recent struct {
	Node string `json:"node"`
	// Columns are the spans of time in which calls ended, without those in which none did.
	Columns []RecentColumn `json:"columns"`
	// Failures are answers that were not ok, the newest first: ten at most.
	Failures []RecentFailure `json:"failures"`
}

// RecentColumn is how long the calls took that ended in one span of time.
type RecentColumn struct {
	// Ago is how many spans of ten seconds ago that was; the one that goes on is 0.
	Ago       int        `json:"ago"`
	Durations *Durations `json:"durations"`
}

// RecentFailure is an answer that was not ok.
type RecentFailure struct {
	Outcome string `json:"outcome"`
	Message string `json:"message"`
	Stack   string `json:"stack"`
	// AgoMS is how long ago it was found.
	AgoMS int64 `json:"ago_ms"`
}
