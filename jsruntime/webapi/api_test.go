package webapi_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/hostcap"
	"github.com/isolane/isolane/jsruntime/webapi"
)

func TestCall(t *testing.T) {
	api := webapi.New(webapi.Config{Rand: strings.NewReader(strings.Repeat("r", 100)), UserAgent: "test/1"})
	for name, tc := range map[string]struct {
		op, text string
		in       []byte
		want     string
		out      []byte
		errName  string
	}{
		"encode":          {op: "utf8.encode", text: "hé", out: []byte("h\xc3\xa9")},
		"decode":          {op: "utf8.decode", in: []byte("h\xc3\xa9\xff"), want: "hé\uFFFD"},
		"label":           {op: "text.label", text: " UTF8 ", want: "utf-8"},
		"label latin1":    {op: "text.label", text: "iso-8859-1", want: "windows-1252"},
		"label unknown":   {op: "text.label", text: "utf-9", errName: "RangeError"},
		"label long":      {op: "text.label", text: strings.Repeat("x", 1<<16), errName: "RangeError"},
		"decode fatal":    {op: "text.decode", text: "utf-8\nf", in: []byte{0xff}, errName: "TypeError"},
		"decode stream":   {op: "text.decode", text: "utf-8\ns", in: []byte("a\xe2\x82"), want: "a", out: []byte{0xe2, 0x82}},
		"decode big5":     {op: "text.decode", text: "big5\n", in: []byte{0xa4, 0xa4}, want: "中"},
		"decode gb":       {op: "text.decode", text: "gb18030\ns", in: []byte{0xc4, 0xe3, 0x81}, want: "你", out: []byte{0x81}},
		"decode 1253":     {op: "text.decode", text: "windows-1253\nf", in: []byte{0xd2}, errName: "TypeError"},
		"decode c1":       {op: "text.decode", text: "windows-1253\nf", in: []byte{0x81}, want: "\u0081"},
		"decode unknown":  {op: "text.decode", text: "nope\n", errName: "RangeError"},
		"random":          {op: "random", text: "4", out: []byte("rrrr")},
		"random too many": {op: "random", text: "65537", errName: "QuotaExceededError"},
		"random negative": {op: "random", text: "-1", errName: "QuotaExceededError"},
		"random no":       {op: "random", text: "x", errName: "QuotaExceededError"},
		"user agent":      {op: "useragent", want: "test/1"},
		"url":             {op: "url.parse", text: "\nhttp://a/b?c#d", want: "http://a/b?c#d\nhttp:\n\n\na\n\n/b\n?c\n#d"},
		"url base":        {op: "url.parse", text: "http://u:p@a:8080/x/\n../b", want: "http://u:p@a:8080/b\nhttp:\nu\np\na\n8080\n/b\n\n"},
		"url invalid":     {op: "url.parse", text: "\nnope", want: ""},
		"url too long":    {op: "url.parse", text: "\nhttp://a/" + strings.Repeat("x", 1<<20), want: ""},
		"url set":         {op: "url.set", text: "hash\nhttp://a/\nx\ny", want: "http://a/#xy\nhttp:\n\n\na\n\n/\n\n#xy"},
		"url set unknown": {op: "url.set", text: "nope\nhttp://a/\nx", errName: "TypeError"},
		"url set invalid": {op: "url.set", text: "hash\nnope\nx", errName: "TypeError"},
		"unknown":         {op: "nope", errName: "Error"},
	} {
		t.Run(name, func(t *testing.T) {
			text, out, err := api.Call(tc.op, tc.text, tc.in)
			if tc.errName != "" {
				var e *webapi.Error
				require.ErrorAs(t, err, &e)
				require.Equal(t, tc.errName, e.JSName())
				require.NotEmpty(t, e.Error())
				return
			}
			require.NoError(t, err)
			require.Equal(t, tc.want, text)
			require.Equal(t, tc.out, out)
		})
	}
}

func TestRandomSourceFails(t *testing.T) {
	api := webapi.New(webapi.Config{Rand: io.LimitReader(bytes.NewReader(nil), 0)})
	_, _, err := api.Call("random", "1", nil)
	var e *webapi.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, "OperationError", e.Name)
	require.ErrorIs(t, err, io.EOF)
}

func TestUnknownOperationIsNamed(t *testing.T) {
	_, _, err := webapi.New(webapi.Config{}).Call("nope", "", nil)
	require.ErrorIs(t, err, webapi.ErrUnknownOp)
	done := make(chan error, 1)
	webapi.New(webapi.Config{}).Start(t.Context(), hostcap.Caller{}, nil, "nope", "", nil, func(_ string, _ []byte, err error) { done <- err })
	require.ErrorIs(t, <-done, webapi.ErrUnknownOp)
}

func TestValidHeader(t *testing.T) {
	require.True(t, webapi.ValidHeader("Nats-Msg-Id", "any € text"))
	for _, bad := range [][2]string{{"", "x"}, {"a b", "x"}, {"a", "x\ny"}, {"a", "x\ry"}, {"a", "\x00"}} {
		require.False(t, webapi.ValidHeader(bad[0], bad[1]), "%q", bad)
	}
}

func TestHTTPConfigReportsEverything(t *testing.T) {
	require.NoError(t, webapi.DefaultHTTPConfig().Validate())
	_, err := webapi.NewHTTP(webapi.HTTPConfig{})
	require.Error(t, err)
	joined, ok := err.(interface{ Unwrap() []error })
	require.True(t, ok)
	require.Len(t, joined.Unwrap(), 7)
}
