// Package yamlcheck decodes one YAML document into a struct and reports every
// fault of it at once, each with file, line and column: keys that do not exist
// (with the key that was probably meant), keys given twice, values of the wrong
// type, durations without a unit, documents that are too deep or too many.
//
// It serves files that people write and that must not be half understood: a
// function's manifest and the node's isolane.yaml. It is not a general YAML
// decoder. Merge keys, custom tags and interface fields are not for it.
//
// Decode returns a Document, which remembers where each value stood, so that the
// caller can add what only it knows:
//
//	cfg := DefaultConfig()
//	doc := yamlcheck.Decode("isolane.yaml", data, &cfg)
//	if doc.Set("limits.cpu") && cfg.Limits.CPU < 0 {
//		doc.Faultf("limits.cpu", "%v is negative", cfg.Limits.CPU)
//	}
//	return cfg, doc.Err()
//
// Paths are written as in the messages: "limits.cpu", "permissions.net[2]".
//
// # Types
//
// Structs (fields named by their yaml tag, or by their lower-case name; "-" hides
// one), pointers, slices, maps with string keys, strings, booleans, integers,
// floats, time.Duration, and whatever implements encoding.TextUnmarshaler, which
// is given the scalar as it was written. A string must be a string in the file
// too: a bare 8080 or true is refused with the advice to quote it. A list of structs may
// be given as its only element, whose keys then have no [0] in their paths. A string may stand
// for a struct that tags one field with "alone": it is that field's. A key without
// a value leaves a struct, slice, map or pointer as it was, and is a fault for
// everything else.
//
// A Document belongs to one goroutine; Decode keeps no state of its own.
package yamlcheck
