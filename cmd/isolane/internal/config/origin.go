package config

import "fmt"

// Source is a place that values come from. A larger one wins over a smaller.
type Source int

// The sources.
const (
	// FromDefault is the program itself.
	FromDefault Source = iota
	// FromFile is isolane.yaml.
	FromFile
	// FromEnvironment is a variable.
	FromEnvironment
	// FromFlag is the command line.
	FromFlag
)

// Origin says where a value came from. The zero value is the program's default.
type Origin struct {
	Source Source
	// Where is the file, the variable or the flag, or says which default.
	Where string
	// Line and Column count from 1; 0 where Source is not FromFile.
	Line, Column int
}

// String is the origin for people: "default", "isolane.yaml:3:10",
// "environment ISOLANE_DATA", "flag --data".
func (o Origin) String() string {
	switch o.Source {
	case FromFile:
		return o.place()
	case FromEnvironment:
		return "environment " + o.Where
	case FromFlag:
		return "flag " + o.Where
	case FromDefault:
	}
	if o.Where != "" {
		return "default: " + o.Where
	}
	return "default"
}

// place is where a fault of this value is to be mended; "" for a default.
func (o Origin) place() string {
	switch o.Source {
	case FromFile:
		return fmt.Sprintf("%s:%d:%d", o.Where, o.Line, o.Column)
	case FromEnvironment, FromFlag:
		return o.Where
	case FromDefault:
	}
	return ""
}
