package service

import (
	"regexp"
	"strings"
)

// version has what https://semver.org suggests, which the convention's framework checks too.
const version = `^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-((0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(\+([0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*))?$`

// SemVer makes a semantic version of what a binary says of itself: "v1.2.3" is "1.2.3", and
// what is none, as a revision, is the build of version 0.0.0.
func SemVer(said string) string {
	bare := strings.TrimPrefix(said, "v")
	if regexp.MustCompile(version).MatchString(bare) {
		return bare
	}
	build := strings.Map(func(r rune) rune {
		if r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, said)
	if build == "" {
		return "0.0.0"
	}
	return "0.0.0+" + build
}
