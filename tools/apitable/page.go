package main

import (
	"errors"
	"fmt"
	"strings"
)

// The marks in the page between which the table stands.
const (
	begin = "<!-- go run ./tools/apitable -write -->\n"
	end   = "<!-- end of the table -->\n"
)

var errNoMarks = errors.New("the page has no place for the table")

// table writes the verdicts.
func table(verdicts []verdict) string {
	var b strings.Builder
	b.WriteString("| API | V8 | QuickJS | what differs |\n| --- | --- | --- | --- |\n")
	group := ""
	for _, v := range verdicts {
		if v.group != group {
			group = v.group
			fmt.Fprintf(&b, "| **%s** | | | |\n", group)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", v.name, word(v.Works), lightWord(v), v.differs)
	}
	return b.String()
}

func word(works bool) string {
	if works {
		return "yes"
	}
	return "no"
}

// lightWord is what stands of QuickJS, with why it lacks a part that V8 has.
func lightWord(v verdict) string {
	if v.light.Works || v.lacking == "" {
		return word(v.light.Works)
	}
	return "no: " + v.lacking
}

// replaced is the page with the table in its place.
func replaced(page, table string) (string, error) {
	before, rest, found := strings.Cut(page, begin)
	_, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		return "", errNoMarks
	}
	return before + begin + table + end + after, nil
}

// faults are the entries of which something else came than they say.
func faults(verdicts []verdict) []string {
	var all []string
	for _, v := range verdicts {
		switch {
		case v.Works && v.missing:
			all = append(all, v.name+" works, and is said not to")
		case !v.Works && !v.missing:
			all = append(all, v.name+": "+v.Why)
		}
		switch {
		case v.light.Works && v.lacking != "":
			all = append(all, v.name+" works in QuickJS, and is said not to")
		case !v.light.Works && v.lacking == "" && !v.missing:
			all = append(all, v.name+" in QuickJS: "+v.light.Why)
		}
	}
	return all
}
