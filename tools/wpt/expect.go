package main

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
)

// expectations are the tests that are known to fail, with the reason, by unit; the name ""
// is the unit itself, which did not come to its end.
type expectations map[string]map[string]string

func readExpectations(file string) (expectations, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var e expectations
	return e, json.Unmarshal(text, &e)
}

func (e expectations) write(file string) error {
	text, err := json.MarshalIndent(e, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
}

// news are the tests of a unit that fail and are not known to.
func (e expectations) news(name string, failed map[string]string) []string {
	var news []string
	for _, test := range slices.Sorted(maps.Keys(failed)) {
		if _, known := e[name][test]; !known {
			news = append(news, name+": "+test+": "+failed[test])
		}
	}
	return news
}
