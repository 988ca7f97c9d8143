//go:build !rogchap

package icudata_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tommie/v8go"

	// Brings this package in where the build has it, and what libv8 lacks of an older libc.
	_ "github.com/isolane/isolane/jsruntime/v8"
)

// intl is a script for each kind of data, and what it gives. The same with libv8's own
// data and, by `make test-icu`, with the packed.
var intl = map[string]struct{ script, want string }{
	"locale":       {`new Intl.NumberFormat("de", {style: "currency", currency: "EUR"}).format(1234.5)`, "1.234,50\u00a0€"},
	"time zone":    {`new Date(0).toLocaleString("en-GB", {timeZone: "Asia/Kathmandu"})`, "01/01/1970, 05:30:00"},
	"zone's name":  {`new Date(0).toLocaleString("fr", {timeZone: "Asia/Tokyo", timeZoneName: "long"})`, "01/01/1970 9:00:00 heure normale du Japon"},
	"calendar":     {`new Date(0).toLocaleDateString("th", {dateStyle: "long", timeZone: "UTC"})`, "1 มกราคม 2513"},
	"collation":    {`["z", "ä", "a"].sort(new Intl.Collator("sv").compare).join("")`, "azä"},
	"dictionary":   {`[...new Intl.Segmenter("ja", {granularity: "word"}).segment("吾輩は猫である")].map(s => s.segment).join("|")`, "吾輩|は|猫|で|ある"},
	"normal form":  {`"ﬁ".normalize("NFKC")`, "fi"},
	"plural":       {`new Intl.PluralRules("ar").select(2)`, "two"},
	"region":       {`new Intl.DisplayNames("ja", {type: "region"}).of("FR")`, "フランス"},
	"property":     {`String(/^\p{Script=Greek}+$/u.test("αβγ"))`, "true"},
	"lower case":   {`"I".toLocaleLowerCase("tr")`, "ı"},
	"likely parts": {`new Intl.Locale("zh").maximize().toString()`, "zh-Hans-CN"},
}

func TestIntlHasItsData(t *testing.T) {
	// In isolates of several threads at once: which is the first to need the data is
	// left to chance.
	var all sync.WaitGroup
	defer all.Wait()
	for name, test := range intl {
		all.Go(func() {
			iso := v8go.NewIsolate()
			defer iso.Dispose()
			in := v8go.NewContext(iso)
			defer in.Close()
			value, err := in.RunScript(test.script, name+".js")
			if err != nil {
				t.Errorf("%s: %v", name, err)
				return
			}
			if got := value.String(); got != test.want {
				t.Errorf("%s: %q, not %q", name, got, test.want)
			}
		})
	}
	require.NotEmpty(t, intl)
}
