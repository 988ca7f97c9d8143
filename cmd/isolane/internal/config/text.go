package config

import (
	"encoding"
	"fmt"
	"strconv"
	"time"
)

// setText gives a setting's field the value that text stands for, and changes
// nothing where it stands for none.
func setText(field any, text string) error {
	switch f := field.(type) {
	case *string:
		*f = text
	case *int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("%q is not a whole number", text)
		}
		*f = n
	case *float64:
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return fmt.Errorf("%q is not a number", text)
		}
		*f = n
	case *bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return fmt.Errorf("%q is not true or false", text)
		}
		*f = b
	case *time.Duration:
		d, err := time.ParseDuration(text)
		if err != nil {
			return fmt.Errorf("%q is not a duration: write for instance 500ms, 30s, 5m or 1h", text)
		}
		*f = d
	case encoding.TextUnmarshaler:
		return f.UnmarshalText([]byte(text))
	default:
		return fmt.Errorf("a %T cannot be set from text", field)
	}
	return nil
}

// shown is a setting's value as the file would have it: a string, a number, a bool, or the
// text of what has a unit.
func shown(field any) any {
	switch f := field.(type) {
	case *string:
		return *f
	case *int:
		return *f
	case *float64:
		return *f
	case *bool:
		return *f
	case *time.Duration:
		return f.String()
	case fmt.Stringer:
		return f.String()
	default:
		return fmt.Sprint(field)
	}
}
