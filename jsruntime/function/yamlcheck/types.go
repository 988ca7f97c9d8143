package yamlcheck

import (
	"fmt"
	"reflect"
	"strings"
)

// fields are the keys of a struct.
type fields struct {
	names []string       // in the order of declaration
	index map[string]int // of the field, by name
	// alone is the key that a single word stands for, in place of keys and values; "" for none.
	alone string
}

// fieldsOf lists the keys of a struct type, as the YAML package names them.
func fieldsOf(t reflect.Type) fields {
	f := fields{index: map[string]int{}}
	for i := range t.NumField() {
		field := t.Field(i)
		tag := field.Tag.Get("yaml")
		if !field.IsExported() || tag == "-" {
			continue
		}
		name, option, _ := strings.Cut(tag, ",")
		if name == "" {
			name = strings.ToLower(field.Name)
		}
		f.names = append(f.names, name)
		f.index[name] = i
		if option == "alone" {
			f.alone = name
		}
	}
	return f
}

// checkType panics where t holds a type that the decoder does not know. seen
// guards against types that hold themselves.
func checkType(t reflect.Type, seen map[reflect.Type]bool) {
	if seen[t] || t == durationType || isText(t) || isScalar(t.Kind()) {
		return
	}
	seen[t] = true
	kind := t.Kind()
	if kind == reflect.Struct {
		for _, i := range fieldsOf(t).index {
			checkType(t.Field(i).Type, seen)
		}
		return
	}
	if kind == reflect.Map && t.Key().Kind() != reflect.String {
		panic(fmt.Sprintf("yamlcheck: %s: the keys of a map must be strings", t))
	}
	if kind != reflect.Map && kind != reflect.Pointer && kind != reflect.Slice {
		panic(fmt.Sprintf("yamlcheck: type %s is not supported", t))
	}
	checkType(t.Elem(), seen)
}

func isText(t reflect.Type) bool {
	return t.Kind() != reflect.Pointer && reflect.PointerTo(t).Implements(textType)
}

func isScalar(k reflect.Kind) bool {
	return k == reflect.String || k == reflect.Bool || isInteger(k) || isFloat(k)
}

func isInteger(k reflect.Kind) bool {
	return k >= reflect.Int && k <= reflect.Uint64
}

func isFloat(k reflect.Kind) bool {
	return k == reflect.Float32 || k == reflect.Float64
}
