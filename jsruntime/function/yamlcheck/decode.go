package yamlcheck

import (
	"encoding"
	"fmt"
	"reflect"
	"time"

	"go.yaml.in/yaml/v3"
)

const (
	// maxNodes bounds how many values are visited, so that aliases cannot blow a
	// small file up.
	maxNodes = 1 << 17
	// maxDepth bounds how deep values nest, so that an alias to itself ends.
	maxDepth = 64
)

var (
	durationType = reflect.TypeFor[time.Duration]()
	textType     = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// decoder walks nodes and values in step. It stops at its budget of nodes.
type decoder struct {
	doc    *Document
	root   reflect.Type
	budget int
	depth  int
}

// value decodes n into v, and marks path with its place.
func (d *decoder) value(n *yaml.Node, v reflect.Value, path string) {
	if d.budget == 0 {
		return
	}
	if d.budget--; d.budget == 0 {
		d.doc.at(n, path, "too many values")
		return
	}
	if d.depth++; d.depth > maxDepth {
		d.doc.at(n, path, "nested more than %d levels deep", maxDepth)
		d.depth--
		return
	}
	defer func() { d.depth-- }()

	at := mark{line: n.Line, column: n.Column}
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	at.ok = d.typed(n, v, path)
	if path == "" {
		at.ok = false // the document as a whole is not a key
	}
	d.doc.marks[path] = at
}

// typed decodes by the type of v, and reports whether v now holds a value of the
// document.
func (d *decoder) typed(n *yaml.Node, v reflect.Value, path string) bool {
	if v.Kind() == reflect.Pointer {
		return d.pointer(n, v, path)
	}
	if t := v.Type(); t == durationType || isText(t) || isScalar(t.Kind()) {
		return d.scalar(n, v, path)
	}
	if isNull(n) {
		return false
	}
	if v.Kind() == reflect.Struct {
		return d.structure(n, v, path)
	}
	if v.Kind() == reflect.Slice {
		return d.list(n, v, path)
	}
	return d.stringMap(n, v, path) // checkType let no other kind through
}

func (d *decoder) pointer(n *yaml.Node, v reflect.Value, path string) bool {
	if isNull(n) {
		return false
	}
	fresh := reflect.New(v.Type().Elem())
	if !v.IsNil() {
		fresh.Elem().Set(v.Elem())
	}
	if !d.typed(n, fresh.Elem(), path) {
		return false
	}
	v.Set(fresh)
	return true
}

func (d *decoder) structure(n *yaml.Node, v reflect.Value, path string) bool {
	fields := fieldsOf(v.Type())
	if n.Kind == yaml.ScalarNode && fields.alone != "" && n.ShortTag() == "!!str" {
		d.value(n, v.Field(fields.index[fields.alone]), join(path, fields.alone))
		return true
	}
	if n.Kind != yaml.MappingNode {
		d.doc.at(n, path, "want keys and values, found %s", describe(n))
		return false
	}
	d.pairs(n, path, func(key, value *yaml.Node) {
		index, known := fields.index[key.Value]
		if !known {
			d.doc.at(key, "", "%s", d.unknownKey(path, key.Value, fields))
			return
		}
		d.value(value, v.Field(index), join(path, key.Value))
	})
	return true
}

func (d *decoder) list(n *yaml.Node, v reflect.Value, path string) bool {
	if n.Kind == yaml.MappingNode && v.Type().Elem().Kind() == reflect.Struct {
		one := reflect.New(v.Type().Elem()).Elem()
		ok := d.structure(n, one, path)
		v.Set(reflect.Append(reflect.Zero(v.Type()), one))
		return ok
	}
	if n.Kind != yaml.SequenceNode {
		hint := ""
		if n.Kind == yaml.ScalarNode {
			hint = fmt.Sprintf(": write [%s]", short(n.Value))
		}
		d.doc.at(n, path, "want a list, found %s%s", describe(n), hint)
		return false
	}
	list := reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content))
	for i, element := range n.Content {
		d.value(element, list.Index(i), fmt.Sprintf("%s[%d]", path, i))
	}
	v.Set(list)
	return true
}

func (d *decoder) stringMap(n *yaml.Node, v reflect.Value, path string) bool {
	if n.Kind != yaml.MappingNode {
		d.doc.at(n, path, "want keys and values, found %s", describe(n))
		return false
	}
	m := reflect.MakeMapWithSize(v.Type(), len(n.Content)/2)
	d.pairs(n, path, func(key, value *yaml.Node) {
		element := reflect.New(v.Type().Elem()).Elem()
		d.value(value, element, join(path, key.Value))
		m.SetMapIndex(reflect.ValueOf(key.Value).Convert(v.Type().Key()), element)
	})
	v.Set(m)
	return true
}

// pairs calls fn for each key and value of a mapping whose key is a string that
// was not there before, and adds a fault for the others.
func (d *decoder) pairs(n *yaml.Node, path string, fn func(key, value *yaml.Node)) {
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch line, seen := first[key.Value]; {
		case key.Kind != yaml.ScalarNode:
			d.doc.at(key, path, "a key must be a word, found %s", describe(key))
		case key.ShortTag() == "!!merge":
			d.doc.at(key, path, "merge keys (<<) are not supported: write the keys out")
		case key.ShortTag() != "!!str":
			d.doc.at(key, path, "a key must be a word, found %s: quote it", describe(key))
		case seen:
			d.doc.at(key, join(path, key.Value), "given twice, first on line %d", line)
		default:
			first[key.Value] = key.Line
			fn(key, value)
		}
	}
}

// join appends a key to a path.
func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
