package subject

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/isolane/isolane/jsruntime/function"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestParse(t *testing.T) {
	long := strings.Repeat("a", function.MaxNameLength)
	tests := map[string]struct {
		prefix, subject string
		name, rest      string
		err             error
	}{
		"a function":            {prefix: "fn", subject: "fn.hello", name: "hello"},
		"with rest":             {prefix: "fn", subject: "fn.hello.eu", name: "hello", rest: "eu"},
		"with more rest":        {prefix: "fn", subject: "fn.hello.eu.west-1", name: "hello", rest: "eu.west-1"},
		"rest keeps its case":   {prefix: "fn", subject: "fn.hello.EU.*x", name: "hello", rest: "EU.*x"},
		"rest is any utf-8":     {prefix: "fn", subject: "fn.hello.grüße", name: "hello", rest: "grüße"},
		"two-token prefix":      {prefix: "prod.fn", subject: "prod.fn.hello.x", name: "hello", rest: "x"},
		"longest name":          {prefix: "fn", subject: "fn." + long, name: long},
		"digit first":           {prefix: "fn", subject: "fn.0-a", name: "0-a"},
		"name too long":         {prefix: "fn", subject: "fn." + long + "a", err: function.ErrInvalidName},
		"upper case":            {prefix: "fn", subject: "fn.Hello", err: function.ErrInvalidName},
		"underscore":            {prefix: "fn", subject: "fn.a_b", err: function.ErrInvalidName},
		"hyphen first":          {prefix: "fn", subject: "fn.-a", err: function.ErrInvalidName},
		"no name":               {prefix: "fn", subject: "fn", err: ErrInvalid},
		"empty name":            {prefix: "fn", subject: "fn.", err: ErrInvalid},
		"empty name, rest":      {prefix: "fn", subject: "fn..a", err: ErrInvalid},
		"trailing dot":          {prefix: "fn", subject: "fn.a.", err: ErrInvalid},
		"empty token in rest":   {prefix: "fn", subject: "fn.a.b..c", err: ErrInvalid},
		"star for a name":       {prefix: "fn", subject: "fn.*", err: ErrInvalid},
		"star in rest":          {prefix: "fn", subject: "fn.a.*.b", err: ErrInvalid},
		"full wildcard in rest": {prefix: "fn", subject: "fn.a.>", err: ErrInvalid},
		"space":                 {prefix: "fn", subject: "fn.a b", err: ErrInvalid},
		"line feed":             {prefix: "fn", subject: "fn.a.b\nc", err: ErrInvalid},
		"nul":                   {prefix: "fn", subject: "fn.a.b\x00c", err: ErrInvalid},
		"another prefix":        {prefix: "fn", subject: "gn.hello", err: ErrInvalid},
		"prefix of the prefix":  {prefix: "fn", subject: "fnx.hello", err: ErrInvalid},
		"empty":                 {prefix: "fn", subject: "", err: ErrInvalid},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			gotName, gotRest, err := Parse(tc.prefix, tc.subject)
			require.ErrorIs(t, err, tc.err)
			require.Equal(t, tc.name, gotName)
			require.Equal(t, tc.rest, gotRest)
		})
	}
}

func TestValidateReply(t *testing.T) {
	tests := map[string]struct {
		subject string
		ok      bool
	}{
		"inbox":            {subject: "_INBOX.abc.def", ok: true},
		"one token":        {subject: "replies", ok: true},
		"ack subject":      {subject: "$JS.ACK.s.c.1.2.3.4.5", ok: true},
		"longest":          {subject: strings.Repeat("r", MaxReply), ok: true},
		"too long":         {subject: strings.Repeat("r", MaxReply+1)},
		"empty":            {subject: ""},
		"star":             {subject: "_INBOX.*"},
		"full wildcard":    {subject: ">"},
		"space":            {subject: "_INBOX. a"},
		"tab":              {subject: "_INBOX.\ta"},
		"carriage return":  {subject: "_INBOX.a\r\nPUB x 0"},
		"empty token":      {subject: "_INBOX..a"},
		"leading dot":      {subject: ".a"},
		"trailing dot":     {subject: "a."},
		"delete character": {subject: "a\x7fb"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			err := ValidateReply(tc.subject)
			if tc.ok {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, ErrInvalid)
			require.Less(t, len(err.Error()), 300, "a hostile subject is not quoted whole")
		})
	}
}

func TestValidatePrefixAndQueue(t *testing.T) {
	for _, ok := range []string{"fn", "prod.fn", "a-b_c", "FN"} {
		require.NoError(t, ValidatePrefix(ok), ok)
		require.NoError(t, ValidateQueue(ok), ok)
	}
	for _, bad := range []string{"", ".", "a.", ".a", "a..b", "*", "a.>", "a b", "a\tb"} {
		require.ErrorIs(t, ValidatePrefix(bad), ErrInvalid, bad)
		require.ErrorIs(t, ValidateQueue(bad), ErrInvalid, bad)
	}
	for _, reserved := range []string{"$SYS", "$JS.API", "_INBOX"} {
		require.ErrorIs(t, ValidatePrefix(reserved), ErrInvalid, reserved)
	}
}

func TestBuilders(t *testing.T) {
	require.Equal(t, "fn.>", All("fn"))
	require.Equal(t, "prod.fn.hello", Function("prod.fn", "hello"))
	require.Equal(t, "fn.hello.eu.west", Function("fn", "hello", "eu", "west"))
	name, rest, err := Parse("fn", Function("fn", "hello", "eu", "west"))
	require.NoError(t, err)
	require.Equal(t, "hello", name)
	require.Equal(t, "eu.west", rest)
}

func TestParseDoesNotAllocate(t *testing.T) {
	allocs := testing.AllocsPerRun(100, func() {
		if _, _, err := Parse("fn", "fn.hello.eu.west"); err != nil {
			t.Fatal(err)
		}
	})
	require.Zero(t, allocs)
}

// FuzzParse: what Parse takes can be built again, and its idea of a name is that
// of function.ValidateName.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"fn.hello", "fn.hello.eu.west", "fn..", "fn.*", "fn.A", "fn.a b", "x", "", "fn.-", "fn.a.>"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name, rest, err := Parse("fn", s)
		if err != nil {
			if !errors.Is(err, ErrInvalid) && !errors.Is(err, function.ErrInvalidName) {
				t.Fatalf("untyped error %v", err)
			}
			return
		}
		if err := function.ValidateName(name); err != nil {
			t.Fatalf("took %q: %v", s, err)
		}
		built := Function("fn", name)
		if rest != "" {
			built = Function("fn", name, rest)
		}
		if built != s {
			t.Fatalf("built %q from %q", built, s)
		}
		if strings.ContainsAny(s, " \t\r\n\x00") {
			t.Fatalf("took white space in %q", s)
		}
	})
}

// FuzzName holds nameOK to function.ValidateName.
func FuzzName(f *testing.F) {
	for _, seed := range []string{"hello", "", "-", "a-", "A", "é", strings.Repeat("a", 64), "a\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got, want := nameOK(s), function.ValidateName(s) == nil; got != want {
			t.Fatalf("nameOK(%q) = %v, ValidateName says %v", s, got, want)
		}
	})
}

// FuzzValidateReply: what is taken holds nothing that could end a protocol line
// or reach more than one subject.
func FuzzValidateReply(f *testing.F) {
	for _, seed := range []string{"_INBOX.a", "a b", "*", "a.>", "a\r\nPUB", "", "."} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if ValidateReply(s) != nil {
			return
		}
		if s == "" || len(s) > MaxReply || strings.ContainsAny(s, " \t\r\n\x00") {
			t.Fatalf("took %q", s)
		}
		for token := range strings.SplitSeq(s, ".") {
			if token == "" || token == "*" || token == ">" {
				t.Fatalf("took %q", s)
			}
		}
	})
}
