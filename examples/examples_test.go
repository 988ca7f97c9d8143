// Package examples_test runs every example of this folder in a real node: the
// binary, built and started as a user would.
package examples_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// patience bounds what should be soon; the machine may be slow.
const patience = 2 * time.Minute

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// example is one call of an example.
type example struct {
	payload string
	outcome string // "ok" unless said
	reply   string // a regular expression for the body
	header  [2]string
}

func TestExamples(t *testing.T) {
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<h1>hi</h1>")) }))
	defer page.Close()
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	calls := map[string][]example{
		"hello": {{reply: `^{"hello":"world"}$`}, {payload: `{"name":"Ada"}`, reply: `^{"hello":"Ada"}$`}},
		"page": {
			{payload: fmt.Sprintf(`{"url":%q}`, page.URL), reply: `"status":200,"characters":11}$`},
			{payload: `{"url":"http://example.com/"}`, outcome: "exception", reply: `permissions`},
		},
		"throws":  {{outcome: "exception", reply: `throws/price\.ts:6:`}, {payload: `{"items":[{"price":2},{"price":3}]}`, reply: `^{"total":5}$`}},
		"spin":    {{outcome: "exceeded-cpu"}},
		"fill":    {{outcome: "exceeded-memory"}},
		"echo":    {{payload: string(all), reply: "^" + regexp.QuoteMeta(string(all)) + "$", header: [2]string{"x-subject", "fn.echo"}}, {reply: `^$`}},
		"fib":     {{payload: `{"n":20}`, reply: `^{"n":20,"fib":6765}$`}, {payload: `{"n":-1}`, outcome: "exception", reply: `RangeError`}},
		"timers":  {{payload: `{"ms":10}`, reply: `^{"slept":\[10,20,30\],"took":\d+}$`}},
		"orders":  {{payload: `{"items":[{"price":2}]}`, reply: `"total":2,`}, {outcome: "exception", payload: `{}`, reply: `an order has items`}},
		"tally":   {{outcome: "bad-request"}},
		"account": {{outcome: "bad-request"}},
		"nightly": {{reply: `^{"due":null,"day":"\d{4}-\d\d-\d\d"}$`}},
		"ids":     {{payload: `{"count":2}`, reply: `^{"ids":\["[0-9a-z]{12}","[0-9a-z]{12}"\]}$`}},
	}
	calls["relay"] = []example{
		{payload: `{"name":"Ada"}`, reply: `^{"hello":"Ada","count":1}$`},
		{payload: `{"name":"Ada"}`, reply: `^{"hello":"Ada","count":2}$`},
		{payload: `{"name":"A B"}`, outcome: "exception", reply: `is no key`},
	}
	conn, broken := start(t)
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	_, err = js.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: "greetings"})
	require.NoError(t, err)
	made, err := conn.SubscribeSync("greetings.made")
	require.NoError(t, err)
	installed := npmInstalled(t)
	if installed {
		require.Empty(t, broken)
	}
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)

	for name := range served(t) {
		require.NotEmpty(t, calls[name], "example %s is called by no test", name)
		require.Contains(t, string(readme), "`"+name+"`", "example %s has no line in README.md", name)
	}
	for name, list := range calls {
		t.Run(name, func(t *testing.T) {
			if name == "ids" && !installed {
				t.Skip("npm is not installed, and ids needs a package: apt-get install npm")
			}
			for _, want := range list {
				want.check(t, conn, name)
			}
		})
	}
	for _, want := range []string{`{"hello":"Ada","count":1}`, `{"hello":"Ada","count":2}`} {
		msg, err := made.NextMsg(patience)
		require.NoError(t, err)
		require.Equal(t, want, string(msg.Data))
	}
	t.Run("the stream of orders", func(t *testing.T) { ordersOfStream(t, conn) })
	t.Run("the stream of page views", func(t *testing.T) { viewsOfStream(t, conn) })
	t.Run("the stream of accounts", func(t *testing.T) { entriesOfStream(t, conn) })
	want := example{reply: `^{"hello":"world"}$`}
	want.check(t, conn, "hello") // after all that the node still serves
}

// check calls the example once.
func (e example) check(t *testing.T, conn *nats.Conn, name string) {
	t.Helper()
	msg, err := conn.Request("fn."+name, []byte(e.payload), patience)
	require.NoError(t, err)
	outcome := msg.Header.Get("Isolane-Outcome")
	if outcome == "" {
		outcome = "ok"
	}
	if e.outcome == "" {
		e.outcome = "ok"
	}
	require.Equal(t, e.outcome, outcome, "%v %s", msg.Header, msg.Data)
	// (?s): a body may have line breaks; Latin-1: a body may be no UTF-8.
	require.Regexp(t, "(?s)"+latin1(e.reply), latin1(string(msg.Data)))
	if e.header[0] != "" {
		got := ""
		for key, values := range msg.Header {
			if strings.EqualFold(key, e.header[0]) {
				got = strings.Join(values, ",")
			}
		}
		require.Equal(t, e.header[1], got)
	}
}

// latin1 turns each byte into the rune of that number.
func latin1(s string) string {
	runes := make([]rune, 0, len(s))
	for i := range len(s) {
		runes = append(runes, rune(s[i]))
	}
	return string(runes)
}

// served lists the examples that the folder holds, by its files.
func served(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, pattern := range []string{"*.ts", "*.js", "*/index.ts", "*/index.js"} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, file := range files {
			name, _, nested := strings.Cut(file, string(filepath.Separator))
			if !nested {
				name = strings.TrimSuffix(file, filepath.Ext(file))
			}
			names[name] = true
		}
	}
	return names
}

// npmInstalled reports whether the packages of the example ids are there. Where npm
// could have installed them, they must be.
func npmInstalled(t *testing.T) bool {
	t.Helper()
	if _, err := os.Stat("ids/node_modules/nanoid"); err == nil {
		return true
	}
	_, err := exec.LookPath("npm")
	require.Error(t, err, "the packages of examples/ids are missing: npm ci --prefix examples/ids (make test does that)")
	return false
}

// start builds isolane, runs it with this folder, and returns a connection to it and
// the names of the examples that it could not serve.
func start(t *testing.T) (*nats.Conn, []string) {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "isolane")
	build := exec.Command("go", "build", "-o", binary, "../cmd/isolane")
	output, err := build.CombinedOutput()
	require.NoError(t, err, string(output))

	node := exec.Command(binary, "run", "--functions", ".", "--nats-listen", "127.0.0.1:0", "--data", t.TempDir(), "--name", "examples")
	log := &strings.Builder{}
	node.Stderr = log
	stdout, err := node.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, node.Start())
	t.Cleanup(func() {
		_ = node.Process.Signal(syscall.SIGTERM)
		if err := node.Wait(); err != nil || t.Failed() {
			t.Errorf("the node ended with %v; its log:\n%s", err, log)
		}
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err, "no ready line")
	match := regexp.MustCompile(` nats=(\S+) `).FindStringSubmatch(line)
	require.NotNil(t, match, line)
	conn, err := nats.Connect(match[1])
	require.NoError(t, err)
	t.Cleanup(conn.Close)

	report, err := conn.Request("isolane.node.examples.functions", nil, patience)
	require.NoError(t, err)
	var told struct {
		Broken []struct{ Name, Error string }
	}
	require.NoError(t, json.Unmarshal(report.Data, &told))
	var broken []string
	for _, b := range told.Broken {
		broken = append(broken, b.Name+": "+b.Error)
	}
	return conn, broken
}
