package webapi

import (
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// gbPlain is what gbStep returns of bytes that x/text decodes as the standard does.
const gbPlain = -1

// decodeGB18030 decodes gb18030 and GBK, which are one to a decoder of the Encoding Standard (10.1.1).
// Most characters are in x/text's table; here is what that does not have: the characters that
// GB18030-2022 moved, those for private use, and how much of what is wrong one U+FFFD stands for.
func decodeGB18030(in []byte, last bool) (text string, rest []byte, ok bool, err error) {
	ok = true
	var b strings.Builder
	b.Grow(len(in))
	begun := 0 // from there on nothing is written yet
	flush := func(end int) error {
		if begun == end {
			return nil
		}
		_, plain, err := transformAll(simplifiedchinese.GB18030.NewDecoder(), in[begun:end], true)
		b.WriteString(plain)
		return err
	}
	at := 0
	for at < len(in) {
		r, size := gbStep(in[at:])
		if size == 0 && !last {
			break
		}
		if r == gbPlain {
			at += size
			continue
		}
		if size == 0 {
			r, size = utf8.RuneError, len(in)-at
		}
		if err := flush(at); err != nil {
			return "", nil, false, err
		}
		b.WriteRune(r)
		ok = ok && r != utf8.RuneError
		at += size
		begun = at
	}
	if err := flush(at); err != nil {
		return "", nil, false, err
	}
	return b.String(), in[at:], ok, nil
}

// gbStep decodes the first character of in, and tells how many bytes it has: 0 where more must
// come. r is utf8.RuneError for an error, gbPlain for what x/text decodes.
func gbStep(in []byte) (r rune, size int) {
	lead := in[0]
	switch {
	case lead < 0x80:
		return gbPlain, 1
	case lead == 0x80:
		return '\u20ac', 1
	case lead == 0xff:
		return utf8.RuneError, 1
	case len(in) == 1:
		return 0, 0
	}
	trail := in[1]
	switch {
	case isDigit(trail):
		return gbFourBytes(in)
	case trail == 0xff:
		return utf8.RuneError, 2
	case trail < 0x40 || trail == 0x7f:
		return utf8.RuneError, 1 // the second byte is ASCII, and stands for itself
	}
	offset := 0x40
	if trail > 0x7f {
		offset = 0x41
	}
	return gbMoved((int(lead)-0x81)*190 + int(trail) - offset), 2
}

func gbFourBytes(in []byte) (r rune, size int) {
	switch {
	case len(in) < 3:
		return 0, 0
	case in[2] < 0x81 || in[2] == 0xff:
		return utf8.RuneError, 1
	case len(in) < 4:
		return 0, 0
	case !isDigit(in[3]):
		return utf8.RuneError, 1
	}
	pointer := ((rune(in[0])-0x81)*10+rune(in[1])-'0')*1260 + (rune(in[2])-0x81)*10 + rune(in[3]) - '0'
	switch {
	case pointer == 7457:
		return 0xE7C7, 4
	case pointer > 39419 && pointer < 189000, pointer > 1237575:
		return utf8.RuneError, 4
	default:
		return gbPlain, 4
	}
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

// gbRange is characters that follow one another, from first on, at the pointers from from on.
type gbRange struct {
	from, count int
	first       rune
}

// gbMoved is the character at a pointer of two bytes where x/text's table has none, or gbPlain.
func gbMoved(pointer int) rune {
	i, found := slices.BinarySearchFunc(gbRanges, pointer, func(r gbRange, p int) int { return r.from - p })
	if !found {
		i--
	}
	if i < 0 || pointer >= gbRanges[i].from+gbRanges[i].count {
		return gbPlain
	}
	return gbRanges[i].first + rune(pointer-gbRanges[i].from)
}

// gbRanges are what index gb18030 of the Encoding Standard has and x/text has not: characters for
// private use, but for those that are marked as of GB18030-2022, and U+1E3F.
var gbRanges = []gbRange{
	{6080, 96, 0xE4C6},
	{6270, 96, 0xE526},
	{6376, 6, 0xE766},
	{6433, 1, 0xE76D},
	{6444, 2, 0xE76E},
	{6458, 2, 0xE770},
	{6460, 95, 0xE586},
	{6650, 96, 0xE5E6},
	{6829, 11, 0xE772},
	{6840, 96, 0xE646},
	{7022, 8, 0xE77D},
	{7030, 96, 0xE6A6},
	{7150, 8, 0xE785},
	{7182, 1, 0xFE10}, // GB18030-2022
	{7183, 1, 0xFE12}, // GB18030-2022
	{7184, 1, 0xFE11}, // GB18030-2022
	{7185, 4, 0xFE13}, // GB18030-2022
	{7201, 2, 0xFE17}, // GB18030-2022
	{7208, 1, 0xFE19}, // GB18030-2022
	{7211, 9, 0xE797},
	{7220, 96, 0xE706},
	{7349, 15, 0xE7A0},
	{7397, 13, 0xE7AF},
	{7495, 11, 0xE7BC},
	{7533, 1, 0x1E3F},
	{7538, 4, 0xE7C9},
	{7579, 21, 0xE7CD},
	{7624, 1, 0xE7E2},
	{7627, 1, 0xE7E3},
	{7629, 3, 0xE7E4},
	{7686, 13, 0xE7F4},
	{7775, 15, 0xE801},
	{7886, 94, 0xE000},
	{8076, 94, 0xE05E},
	{8266, 94, 0xE0BC},
	{8456, 94, 0xE11A},
	{8646, 94, 0xE178},
	{8836, 94, 0xE1D6},
	{16525, 5, 0xE810},
	{22706, 94, 0xE234},
	{22896, 94, 0xE292},
	{23086, 94, 0xE2F0},
	{23276, 94, 0xE34E},
	{23466, 94, 0xE3AC},
	{23656, 94, 0xE40A},
	{23767, 3, 0xE816},
	{23775, 1, 0x9FB4}, // GB18030-2022
	{23783, 1, 0x9FB5}, // GB18030-2022
	{23788, 2, 0x9FB6}, // GB18030-2022
	{23794, 1, 0xE831},
	{23795, 1, 0x9FB8}, // GB18030-2022
	{23804, 1, 0xE83B},
	{23812, 1, 0x9FB9}, // GB18030-2022
	{23829, 1, 0x9FBA}, // GB18030-2022
	{23830, 1, 0xE855},
	{23845, 1, 0x9FBB}, // GB18030-2022
	{23846, 94, 0xE468},
}
