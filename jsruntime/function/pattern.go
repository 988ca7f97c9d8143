package function

import (
	"regexp"
	"slices"
	"strings"
)

// Pattern is a NATS subject pattern of whose words some have names: "orders.{id}.>"
// matches what "orders.*.>" does, and calls the second word id. The zero value
// matches everything.
type Pattern string

var wordPattern = regexp.MustCompile(`^\{[A-Za-z][A-Za-z0-9_]*\}$`)

// Filter is the pattern in the words of NATS; "" for the zero value.
func (p Pattern) Filter() string {
	tokens := strings.Split(string(p), ".")
	for i, token := range tokens {
		if wordPattern.MatchString(token) {
			tokens[i] = "*"
		}
	}
	return strings.Join(tokens, ".")
}

// Names lists the named words, without braces, in their order.
func (p Pattern) Names() []string {
	var names []string
	for token := range strings.SplitSeq(string(p), ".") {
		if wordPattern.MatchString(token) {
			names = append(names, strings.Trim(token, "{}"))
		}
	}
	return names
}

// Words returns the named words as they stand in subject, which the pattern matches.
func (p Pattern) Words(subject string) map[string]string {
	words := map[string]string{}
	tokens := strings.Split(subject, ".")
	for i, token := range strings.Split(string(p), ".") {
		if i < len(tokens) && wordPattern.MatchString(token) {
			words[strings.Trim(token, "{}")] = tokens[i]
		}
	}
	return words
}

// Fill puts words in the places of their names.
func (p Pattern) Fill(words map[string]string) string {
	tokens := strings.Split(string(p), ".")
	for i, token := range tokens {
		if wordPattern.MatchString(token) {
			tokens[i] = words[strings.Trim(token, "{}")]
		}
	}
	return strings.Join(tokens, ".")
}

// problem says what is wrong with a pattern that is not "", or "".
func (p Pattern) problem() string {
	for token := range strings.SplitSeq(string(p), ".") {
		if strings.ContainsAny(token, "{}") && !wordPattern.MatchString(token) {
			return "a name stands in braces, alone between two points: {id}, of letters, digits and _, beginning with a letter"
		}
	}
	names := p.Names()
	slices.Sort(names)
	for i := 1; i < len(names); i++ {
		if names[i] == names[i-1] {
			return "{" + names[i] + "} stands twice: give each word a name of its own"
		}
	}
	return subjectProblem(p.Filter())
}
