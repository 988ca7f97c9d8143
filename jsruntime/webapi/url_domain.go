package webapi

import (
	"strings"

	"golang.org/x/net/idna"
)

// domainToASCII is "domain to ASCII" of the URL standard, without beStrict: a domain of ASCII is
// taken as it is, in small letters, whatever its labels stand for; another is mapped and checked
// by UTS 46. ok is false where it is none.
//
// The tables are Go's, of Unicode 15 until Go 1.27, with what later ones made of characters that
// were known then (laterMappings). So a domain with a character that is newer is refused.
func domainToASCII(domain string) (ascii string, ok bool) {
	if isASCII(domain) {
		return strings.ToLower(domain), true
	}
	ascii, err := newIDNA().ToASCII(laterMappings(domain))
	return ascii, err == nil && ascii != ""
}

func newIDNA() *idna.Profile {
	return idna.New(
		idna.MapForLookup(), idna.BidiRule(), idna.ValidateLabels(true), idna.CheckJoiners(true),
		idna.CheckHyphens(false), idna.StrictDomainName(false), idna.VerifyDNSLength(false), idna.Transitional(false),
	)
}

// laterMappings does what the mapping tables of Unicode 15.1, 16 and 17 do with characters that
// those of 15 refuse, or map to something else, where the result is of Unicode 15.
func laterMappings(domain string) string {
	ranges := [...]struct{ from, to, becomes rune }{
		{0x04C0, 0x04C0, 0x04CF},
		{0x10A0, 0x10C5, 0x2D00}, // Georgian capitals
		{0x115F, 0x1160, -1},     // fillers, and what else is not seen
		{0x17B4, 0x17B5, -1},
		{0x180E, 0x180E, -1},
		{0x1E9E, 0x1E9E, 0x00DF}, // the capital sharp s, which was "ss"
		{0x2061, 0x2063, -1},
		{0x206A, 0x206F, -1},
		{0x2132, 0x2132, 0x214E},
		{0x2183, 0x2183, 0x2184},
		{0x3164, 0x3164, -1},
		{0xA7CB, 0xA7CB, 0x0264},
		{0xA7D2, 0xA7D2, 0xA7D3},
		{0xA7D4, 0xA7D4, 0xA7D5},
		{0xA7DC, 0xA7DC, 0x019B},
		{0xA7F1, 0xA7F1, 's'},
		{0xFFA0, 0xFFA0, -1},
		{0x1CCD6, 0x1CCEF, 'a'}, // outlined letters and digits
		{0x1CCF0, 0x1CCF9, '0'},
		{0x1D173, 0x1D17A, -1},
		{0x2F868, 0x2F868, 0x36FC}, // ideographs whose compatibility mapping was wrong
		{0x2F874, 0x2F874, 0x5F53},
		{0x2F91F, 0x2F91F, 0x243AB},
		{0x2F95F, 0x2F95F, 0x7AEE},
		{0x2F9BF, 0x2F9BF, 0x45D7},
	}
	return strings.Map(func(r rune) rune {
		if r < ranges[0].from {
			return r
		}
		for _, c := range ranges {
			if r < c.from {
				break
			}
			if r <= c.to && c.becomes >= 0 {
				return c.becomes + r - c.from
			}
			if r <= c.to {
				return -1
			}
		}
		return r
	}, domain)
}
