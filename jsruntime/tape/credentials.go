package tape

import "strings"

// leftOut stands for what is said to nobody but the server that was asked.
const leftOut = "[left out]"

// credential tells the headers of requests whose values are never kept.
func credential(name string) bool {
	switch strings.ToLower(name) {
	case "authorization", "proxy-authorization", "cookie", "x-api-key", "x-auth-token":
		return true
	}
	return false
}

// known is what of a question is kept, and compared: of a fetch no credentials. Its text is as
// package webapi reads it, lines of which the fourth counts those of the headers behind it.
func known(op, asked string) string {
	if op != "fetch" {
		return asked
	}
	lines := strings.Split(asked, "\n")
	const headers = 4
	for i := headers; i < len(lines)-1; i++ { // the last is the URL
		if name, _, ok := strings.Cut(lines[i], ":"); ok && credential(name) {
			lines[i] = name + ":" + leftOut
		}
	}
	return strings.Join(lines, "\n")
}
