package webapi

import (
	"net/url"
	"strings"
	"unicode/utf8"

	whatwg "github.com/nlnwa/whatwg-url/url"
)

// The library parses hosts by an older state of the URL standard, in which an ASCII host whose
// labels begin with "xn--" is decoded and checked, and where what is not ASCII must obey STD3. So
// domains are made ASCII here, before it sees them, and labels that it would check are hidden from
// it: enterHost puts an underscore before them, leaveHost takes it away. Neither an underscore nor
// "xn--" begins a number, so that hosts which are IPv4 addresses are found all the same. Long labels
// that begin with digits and are none are hidden too: the library takes them for a number too great.

// acePrefix begins a label that stands for one that is not ASCII.
const acePrefix = "xn--"

// longNumber is how many characters a number has at least that has more than 64 bits.
const longNumber = 16

// noHost is a host that no URL can have.
const noHost = "%"

// newURLParser makes what parses URLs; it does not change, and may be used concurrently.
func newURLParser() whatwg.Parser {
	return whatwg.NewParser(
		whatwg.WithPreParseHostFunc(enterHost), whatwg.WithPostParseHostFunc(leaveHost),
		// The library's set of a path lacks "^", which the standard has now.
		whatwg.WithPathPercentEncodeSet(whatwg.PathPercentEncodeSet.Set('^')),
	)
}

// enterHost is the host that the library parses in place of one that is written in a URL.
func enterHost(u *whatwg.Url, host string) string {
	if !u.IsSpecialScheme() || host == "" || host[0] == '[' {
		return host // opaque, or IPv6: neither is a domain
	}
	domain, err := url.PathUnescape(host)
	if err != nil || !utf8.ValidString(domain) {
		return noHost
	}
	ascii, ok := domainToASCII(domain)
	// What is decoded already must be neither decoded again nor taken for IPv6.
	if !ok || strings.ContainsAny(ascii, "%[") {
		return noHost
	}
	return changeLabels(ascii, func(label string) string { return "_" + label })
}

// leaveHost is the host that a URL has in place of one that the library parsed.
func leaveHost(u *whatwg.Url, host string) string {
	if !u.IsSpecialScheme() {
		return host
	}
	return changeLabels(host, func(label string) string { return strings.TrimPrefix(label, "_") })
}

// isHidden says of a label that it begins with any number of underscores and what must be hidden:
// so those that are written so are told from those that were made so.
func isHidden(label string) bool {
	label = strings.TrimLeft(label, "_")
	return strings.HasPrefix(label, acePrefix) || isAlmostNumber(label)
}

// isAlmostNumber says of a label in small letters that it begins like a number of more than 64 bits,
// decimal, octal or hexadecimal, and is none.
func isAlmostNumber(label string) bool {
	if len(label) < longNumber || !isDigit(label[0]) {
		return false
	}
	digits := "0123456789"
	if rest, found := strings.CutPrefix(label, "0x"); found {
		label, digits = rest, "0123456789abcdef"
	}
	return strings.Trim(label, digits) != ""
}

// changeLabels changes the labels of a domain that are hidden, or must be.
func changeLabels(domain string, change func(label string) string) string {
	if len(domain) < longNumber && !strings.Contains(domain, acePrefix) {
		return domain
	}
	labels := strings.Split(domain, ".")
	for i, label := range labels {
		if isHidden(label) {
			labels[i] = change(label)
		}
	}
	return strings.Join(labels, ".")
}
