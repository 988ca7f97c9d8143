package page

import (
	"bufio"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/isolane/isolane/actors/latency"
)

// Whatever functions say, no page has an element or an attribute of theirs, and nothing that
// the policy forbids.
func TestHostileStrings(t *testing.T) {
	at := serve(t, sources(t, 12, hostile))
	for _, path := range []string{
		"/", "/functions", "/functions?q=" + url.QueryEscape(hostile), "/functions/function-0000", "/functions/broken-one",
		"/functions/function-0000/source?file=src/pay.ts", "/nats", "/reports",
		"/functions/function-0000/source?file=" + url.QueryEscape(hostile), "/functions/" + url.PathEscape(hostile),
	} {
		code, body, header := get(t, at+path)
		require.Contains(t, []int{200, 404}, code, path)
		require.Contains(t, header.Get("Content-Security-Policy"), "script-src 'self'", path)
		require.NotContains(t, header.Get("Content-Security-Policy"), "unsafe", path)
		harmless(t, path, body)
	}
	_, body, _ := get(t, at+"/functions/function-0000")
	require.Contains(t, body, "&lt;script&gt;document.title=", "it is shown")
}

// harmless parses a page as a browser does, and finds nothing in it that acts but our files.
func harmless(t *testing.T, path, body string) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(body))
	require.NoError(t, err)
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		require.NotContains(t, []string{"img", "style", "iframe", "object", "embed", "base"}, n.Data, path)
		src := ""
		for _, a := range n.Attr {
			require.False(t, strings.HasPrefix(a.Key, "on") || a.Key == "style", "%s: %s of %s", path, a.Key, n.Data)
			if a.Key == "href" || a.Key == "src" || a.Key == "action" {
				src = a.Val
				require.Regexp(t, "^(/[^/]|/$|#)", a.Val, path)
			}
		}
		if n.Data == "script" {
			require.True(t, strings.HasPrefix(src, "/static/"), path)
			require.Nil(t, n.FirstChild, path)
		}
	}
}

// A function cannot end the event that its lines are in.
func TestHostileEvents(t *testing.T) {
	at := serve(t, sources(t, 1, hostile))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, at+"/events/functions/function-0000", nil)
	require.NoError(t, err)
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	require.Equal(t, "text/event-stream", res.Header.Get("Content-Type"))
	lines := bufio.NewScanner(res.Body)
	require.True(t, lines.Scan())
	require.Equal(t, "event: part", lines.Text())
	for lines.Scan() && lines.Text() != "" {
		require.True(t, strings.HasPrefix(lines.Text(), "data: "), lines.Text())
		require.NotContains(t, lines.Text(), "<script")
	}
}

func TestStreamsAreBounded(t *testing.T) {
	p := New(sources(t, 1, "x"))
	defer p.Close()
	for range maxStreams {
		p.streams <- struct{}{}
	}
	w := httptest.NewRecorder()
	p.live(nil)(w, httptest.NewRequest(http.MethodGet, "/", nil))
	require.Equal(t, http.StatusServiceUnavailable, w.Code)
}

// Every GET leaves all as it is: only the form of a function's page calls one, and not from
// elsewhere.
func TestSend(t *testing.T) {
	at := serve(t, sources(t, 1, hostile))
	post := func(header http.Header, form url.Values) (int, string) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, at+"/functions/function-0000/send", strings.NewReader(form.Encode()))
		require.NoError(t, err)
		req.Header = header
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
		require.NoError(t, err)
		defer func() { _ = res.Body.Close() }()
		var b strings.Builder
		_, err = bufio.NewReader(res.Body).WriteTo(&b)
		require.NoError(t, err)
		return res.StatusCode, b.String()
	}
	code, body := post(http.Header{}, url.Values{"message": {"<b>hi</b>"}})
	require.Equal(t, 200, code)
	require.Contains(t, body, "got &lt;b&gt;hi&lt;/b&gt;")
	_, body = post(http.Header{}, url.Values{"rest": {"nobody"}})
	require.Contains(t, body, "no node listens: &lt;script")
	code, _ = post(http.Header{"Origin": {"http://evil.example"}}, url.Values{"message": {"x"}})
	require.Equal(t, http.StatusForbidden, code)
	code, _ = post(http.Header{"Sec-Fetch-Site": {"cross-site"}}, url.Values{"message": {"x"}})
	require.Equal(t, http.StatusForbidden, code)
	code, _, _ = get(t, at+"/functions/function-0000/send?message=x")
	require.NotEqual(t, 200, code, "no GET calls a function")
	code, body = post(http.Header{}, url.Values{"message": {strings.Repeat("x", 2<<20)}})
	require.Equal(t, 200, code)
	require.Contains(t, body, "over 1 MiB")
}

func TestReports(t *testing.T) {
	src := sources(t, 1, "x")
	require.NoError(t, os.Symlink("/etc/hostname", src.Reports+"/link.txt"))
	at := serve(t, src)
	_, body, _ := get(t, at+"/reports")
	require.Contains(t, body, "report.html")
	code, body, header := get(t, at+"/reports/report.html")
	require.Equal(t, 200, code)
	require.Contains(t, body, "<h1>Report</h1>")
	require.True(t, strings.HasPrefix(header.Get("Content-Security-Policy"), "sandbox; default-src 'none'"), "its scripts do not run")
	for _, path := range []string{"nothing.html", "..%2f..%2fetc%2fpasswd", "link.txt", "", "%2e%2e"} {
		code, _, _ := get(t, at+"/reports/"+path)
		require.Contains(t, []int{403, 404}, code, path)
	}
}

func TestThousandFunctions(t *testing.T) {
	at := serve(t, sources(t, 1000, "x"))
	_, body, _ := get(t, at+"/functions")
	require.Equal(t, maxRows, strings.Count(body, `id="f-`))
	require.Contains(t, body, "200 of 1001 that match")
	_, body, _ = get(t, at+"/functions?q=0999&sort=name")
	require.Equal(t, 1, strings.Count(body, `id="f-`))
	require.Less(t, len(body), 16<<10)
	for _, sort := range []string{"", "errors", "p99", "name"} {
		_, body, _ := get(t, at+"/functions?sort="+sort)
		require.Len(t, regexp.MustCompile(`<th scope="col" aria-sort=`).FindAllString(body, -1), 1, sort)
	}
}

// What other nodes serve is shown too, with what each of them has of it.
func TestFunctionsOfTheCluster(t *testing.T) {
	at := serve(t, sources(t, 2, "x"))
	_, body, _ := get(t, at+"/functions")
	require.Contains(t, body, `id="f-elsewhere"`)
	require.Contains(t, body, "3 of 3 functions, as 2 nodes tell")
	require.Contains(t, body, "cannot be served as it is</b> on node-2")
	code, body, _ := get(t, at+"/functions/elsewhere")
	require.Equal(t, 200, code)
	require.Contains(t, body, "Last errors on all nodes")
	_, body, _ = get(t, at+"/functions/function-0000")
	require.Contains(t, body, `<table id="nodes">`)
	require.Contains(t, body, `<th scope="row">node-2</th>`)
	code, body, _ = get(t, at+"/functions/nowhere")
	require.Equal(t, 404, code)
	require.Contains(t, body, "No node that answers")
}

// Numbers that the server did not tell are not taken for none.
func TestConsumers(t *testing.T) {
	at := serve(t, sources(t, 1, "x"))
	_, body, _ := get(t, at+"/nats")
	require.Regexp(t, "420.?.?µs", body)
	require.Regexp(t, `12,345</td>\s*<td class="number">67</td>\s*<td class="number">8</td>`, body)
	require.Regexp(t, `\?</td>\s*<td class="number">\?</td>\s*<td class="number">\?</td>`, body)
}

func TestFrames(t *testing.T) {
	all := frames("pay", "Error: at x (a.ts:1:2)!\n    at pay (src/pay.ts:2:9)\n    at javascript:alert(1)\n    at x (https://evil.example/a.js:1:1)")
	require.Empty(t, all[0].Link)
	require.Equal(t, "/functions/pay/source?file=src%2Fpay.ts#L2", all[1].Link)
	require.Empty(t, all[2].Link)
	for _, f := range all {
		require.True(t, f.Link == "" || strings.HasPrefix(f.Link, "/functions/pay/source?"), f.Link)
	}
}

func TestHistory(t *testing.T) {
	h, now := NewHistory(), time.Unix(10_000, 0)
	fn := Function{Name: "f"}
	h.Look([]Function{fn}, now)
	columns, failures := h.Of("f", now)
	require.Empty(t, squares(&columns))
	require.Empty(t, failures)
	fn.Latency.Observe(time.Millisecond)
	fn.Last = Failure{Outcome: "exception", Message: "a"}
	h.Look([]Function{fn}, now)
	h.Look([]Function{fn}, now)
	fn.Last.Message = "b"
	fn.Latency.Observe(time.Second)
	h.Look([]Function{fn}, now.Add(2*slot))
	columns, failures = h.Of("f", now.Add(2*slot))
	require.Len(t, squares(&columns), 2)
	require.EqualValues(t, 1, columns[Slots-1].Total())
	require.EqualValues(t, 1, columns[Slots-3].Total())
	require.Len(t, failures, 2)
	require.Equal(t, "b", failures[0].Message)
	columns, _ = h.Of("f", now.Add((Slots+1)*slot))
	require.EqualValues(t, 1, columns[0].Total(), "the older one is out")

	// Ten thousand functions take the place of a thousand.
	var many []Function
	for i := range 10 * maxKept {
		one := Function{Name: fmt.Sprint("g", i)}
		one.Latency.Observe(time.Millisecond)
		many = append(many, one)
	}
	h.Look(many, now.Add(3*slot))
	require.Len(t, h.kept, maxKept)
	require.NotContains(t, h.kept, "f", "it was quiet for longest")
	columns = [Slots]latency.Counts{Slots - 1: slowest()}
	require.Equal(t, 0, squares(&columns)[0].Y, "the longest is on top")
}
