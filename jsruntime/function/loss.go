package function

// Loss says that an isolate was lost while an invocation was in it.
type Loss struct {
	// Isolate names the isolate: its node, its runtime, and which of that runtime's it was, as
	// "n1/runtime-2#5". Those of a node that starts anew begin at 1 again.
	Isolate string
	// Suspect says that the invocation was running when the isolate was lost. Else it waited
	// there, for IO or for its turn, and has no part in it.
	Suspect bool
	// Cause says in one line why the isolate was lost.
	Cause string
}
