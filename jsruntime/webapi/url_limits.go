package webapi

import "strings"

// Parsing is synchronous, in Go, where no watchdog can stop it. So what is parsed is
// bounded, most of all where the parser's time is quadratic: in the user name, the
// password and the host, which it appends to a string byte by byte, and in the
// number of the path's segments.
const (
	// maxURL bounds a URL or a new part of one, in bytes.
	maxURL = 256 << 10
	// maxAuthority bounds user name, password, host and port together, in bytes.
	maxAuthority = 4 << 10
	// maxSegments bounds the segments of a path.
	maxSegments = 4 << 10
)

// tooDear reports whether a URL, absolute or relative, is over one of the bounds. It
// reads no more of the grammar than it must, and errs on the side of the bound: a
// text that is no authority may be taken for one, never the other way round.
func tooDear(s string) bool {
	if len(s) <= maxAuthority {
		return false
	}
	rest, special := afterScheme(s)
	slashes := rest[:len(rest)-len(strings.TrimLeft(rest, "/\\\t\n\r"))]
	if !special && slashes == "" {
		return false // an opaque path
	}
	if authority := cutAny(rest[len(slashes):], "/\\?#"); len(authority) > maxAuthority {
		return true
	}
	return segments(cutAny(rest, "?#")) > maxSegments
}

// afterScheme cuts a scheme off. special tells that what follows can begin with an
// authority even without slashes: the scheme is special, or absent.
func afterScheme(s string) (rest string, special bool) {
	trimmed := strings.TrimLeftFunc(s, func(r rune) bool { return r <= ' ' })
	scheme := cutAny(trimmed, ":/\\?#")
	if len(scheme) == len(trimmed) || trimmed[len(scheme)] != ':' {
		return trimmed, true
	}
	name := strings.ToLower(strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(scheme))
	switch name {
	case "http", "https", "ws", "wss", "ftp", "file":
		special = true
	}
	return trimmed[len(scheme)+1:], special
}

func cutAny(s, chars string) string {
	if i := strings.IndexAny(s, chars); i >= 0 {
		return s[:i]
	}
	return s
}

func segments(path string) int {
	return strings.Count(path, "/") + strings.Count(path, "\\")
}

func isAuthority(field string) bool {
	switch field {
	case "protocol", "username", "password", "host", "hostname", "port":
		return true
	default:
		return false
	}
}
