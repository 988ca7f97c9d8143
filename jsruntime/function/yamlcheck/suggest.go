package yamlcheck

import (
	"fmt"
	"reflect"
	"strings"
)

// unknownKey says that a key does not exist, and which one was probably meant: one
// of its neighbours with nearly the same name, or one of the same name elsewhere.
func (d *decoder) unknownKey(path, key string, fields fields) string {
	msg := "unknown key " + quote(join(path, key))
	if near := Nearest(key, fields.names); near != "" {
		return fmt.Sprintf("%s: did you mean %s?", msg, join(path, near))
	}
	if elsewhere := paths(d.root, "", key, maxDepth/8); len(elsewhere) == 1 {
		return fmt.Sprintf("%s: did you mean %s?", msg, elsewhere[0])
	}
	return fmt.Sprintf("%s: known are %s", msg, strings.Join(fields.names, ", "))
}

// paths lists where below a struct type a key of this name stands.
func paths(t reflect.Type, path, key string, depth int) []string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || isText(t) || depth == 0 {
		return nil
	}
	var found []string
	f := fieldsOf(t)
	for _, name := range f.names {
		if name == key {
			found = append(found, join(path, name))
		}
		found = append(found, paths(t.Field(f.index[name]).Type, join(path, name), key, depth-1)...)
	}
	return found
}

// Nearest returns the candidate that word was probably meant to be, or "" where
// none is near: at most one edit for each three letters, and case does not count.
// An edit is a letter added, left out, replaced, or swapped with the next.
func Nearest(word string, candidates []string) string {
	const longest = 64
	if word == "" || len(word) > longest {
		return ""
	}
	best, bestDistance := "", max(1, len(word)/3)+1
	for _, candidate := range candidates {
		if len(candidate) > longest {
			continue
		}
		if n := distance(strings.ToLower(word), strings.ToLower(candidate)); n < bestDistance && n < len(candidate) {
			best, bestDistance = candidate, n
		}
	}
	return best
}

// distance is the optimal string alignment distance of two words, in bytes.
func distance(a, b string) int {
	before, last := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
