package yamlcheck

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// scalar decodes a single value, and reports whether it could.
func (d *decoder) scalar(n *yaml.Node, v reflect.Value, path string) bool {
	if isNull(n) {
		d.doc.at(n, path, "has no value: give one, or leave the key out")
		return false
	}
	if n.Kind != yaml.ScalarNode {
		d.doc.at(n, path, "want %s, found %s", wanted(v.Type()), describe(n))
		return false
	}
	if problem := setScalar(n, v); problem != "" {
		d.doc.at(n, path, "%s", problem)
		return false
	}
	return true
}

// setScalar sets v from a scalar that is not null, and says what is wrong where it
// cannot.
func setScalar(n *yaml.Node, v reflect.Value) (problem string) {
	switch t := v.Type(); {
	case t == durationType:
		return setDuration(n, v)
	case isText(t):
		fresh := reflect.New(t)
		text, _ := reflect.TypeAssert[encoding.TextUnmarshaler](fresh)
		if err := text.UnmarshalText([]byte(n.Value)); err != nil {
			return err.Error()
		}
		v.Set(fresh.Elem())
		return ""
	}
	var tag string
	switch kind := v.Kind(); {
	case kind == reflect.String:
		tag = "!!str"
	case kind == reflect.Bool:
		tag = "!!bool"
	case isFloat(kind) && n.ShortTag() == "!!float":
		tag = "!!float"
	default: // an integer, or a float written as one
		tag = "!!int"
	}
	if n.ShortTag() != tag {
		return mismatch(n, v.Type())
	}
	fresh := reflect.New(v.Type())
	if err := n.Decode(fresh.Interface()); err != nil {
		return fmt.Sprintf("%s is out of range", quote(n.Value))
	}
	v.Set(fresh.Elem())
	return ""
}

func setDuration(n *yaml.Node, v reflect.Value) (problem string) {
	if tag := n.ShortTag(); (tag == "!!int" || tag == "!!float") && n.Value != "0" {
		return fmt.Sprintf("%s has no unit: write for instance %ss or %sms", quote(n.Value), short(n.Value), short(n.Value))
	}
	duration, err := time.ParseDuration(n.Value)
	if err != nil {
		return fmt.Sprintf("%s is not a duration: write for instance 500ms, 30s, 5m or 1h", quote(n.Value))
	}
	v.SetInt(int64(duration))
	return ""
}

// mismatch explains a scalar of the wrong type, with what was probably meant.
func mismatch(n *yaml.Node, t reflect.Type) string {
	msg := fmt.Sprintf("want %s, found %s", wanted(t), describe(n))
	switch {
	case t.Kind() == reflect.String && n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0:
		return msg + ": quote it"
	case t.Kind() == reflect.Bool:
		switch strings.ToLower(n.Value) {
		case "yes", "y", "on", "1":
			return msg + ": write true"
		case "no", "n", "off", "0":
			return msg + ": write false"
		}
	case isInteger(t.Kind()) && n.ShortTag() == "!!str" && n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0:
		return msg + ": write it without quotation marks"
	}
	return msg
}

// wanted names a type for people.
func wanted(t reflect.Type) string {
	switch {
	case t == durationType:
		return "a duration such as 30s"
	case isText(t):
		return "a single value"
	}
	switch kind := t.Kind(); {
	case kind == reflect.String:
		return "a string"
	case kind == reflect.Bool:
		return "true or false"
	case isFloat(kind):
		return "a number"
	default:
		return "a whole number"
	}
}

// describe names what a node is for people.
func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "keys and values"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias"
	case yaml.ScalarNode, yaml.DocumentNode:
	}
	switch tag := n.ShortTag(); tag {
	case "!!null":
		return "nothing"
	case "!!str":
		return "the string " + quote(n.Value)
	case "!!int", "!!float":
		return "the number " + short(n.Value)
	case "!!bool":
		return "the truth value " + short(n.Value)
	case "!!timestamp":
		return "the date " + short(n.Value)
	default:
		return fmt.Sprintf("%s with the tag %s", quote(n.Value), quote(tag))
	}
}

func isNull(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null"
}
