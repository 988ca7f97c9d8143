package admin

// Topic is what a node is asked for: the last token of the subject.
type Topic string

// The topics, with the type of their answers.
const (
	// Functions is answered with a Report.
	Functions Topic = "functions"
	// Members is answered with a View.
	Members Topic = "members"
	// RuntimesOf is answered with a Runtimes.
	RuntimesOf Topic = "runtimes"
	// HealthOf is answered with a Health.
	HealthOf Topic = "health"
	// Drain is answered with a Begun. Only a node that is named drains.
	Drain Topic = "drain"
	// Scale takes a ScaleTo and is answered with a Scaled. Only a node that is named scales.
	Scale Topic = "scale"
	// KeysOf takes a KeyChange, or nothing, and is answered with a Keys.
	KeysOf Topic = "keys"
	// ProfileOf takes a ProfileWanted, and is answered with a Profiled after that time. Only a
	// node that is named takes one.
	ProfileOf Topic = "profile"
	// LogsOf takes a LinesWanted, and is answered with a Lines.
	LogsOf Topic = "logs"
	// RecentOf takes a RecentWanted, and is answered with a Recent.
	RecentOf Topic = "recent"
	// TriggersOf is answered with a Triggers.
	TriggersOf Topic = "triggers"
)

// all is the subject that every node answers.
//
//	"isolane." <topic>
func all(t Topic) string { return "isolane." + string(t) }

// one is the subject that the node of this name answers.
//
//	"isolane.node." <node> "." <topic>
func one(node string, t Topic) string { return "isolane.node." + node + "." + string(t) }
