package bundle

import (
	"encoding/json"
	"net/url"
	"strings"

	"github.com/go-sourcemap/sourcemap"
)

// Position maps a position in Script to the file that the author wrote. Line and
// column count from 1 on both sides, columns in UTF-16 units, as V8 counts them in
// stacks; file is relative to Options.Dir, with forward slashes. ok is false for a
// position that no author wrote: outside of the script, or in what the bundler
// added. The first call parses the source map.
func (b *Bundle) Position(line, column int) (file string, l, c int, ok bool) {
	b.parse.Do(b.parseMap)
	if b.consumer == nil || line < 1 || line > len(b.mapped) || !b.mapped[line-1] || column < 1 {
		return "", 0, 0, false
	}
	source, _, l, c, ok := b.consumer.Source(line, column-1)
	if !ok || source == "" || strings.HasPrefix(source, namespace+":") {
		return "", 0, 0, false
	}
	// esbuild writes the sources as URLs.
	if plain, err := url.PathUnescape(source); err == nil {
		source = plain
	}
	return source, l, c + 1, true
}

// Source is the text of a file that went into Script, by the name that positions and stacks
// have for it; false where there is none.
func (b *Bundle) Source(file string) (string, bool) {
	b.parse.Do(b.parseMap)
	if b.consumer == nil || file == "" {
		return "", false
	}
	text := b.consumer.SourceContent(file)
	return text, text != ""
}

// parseMap sets consumer and mapped from sourceMap, and lets go of the text. A map
// that cannot be read leaves the bundle without one.
func (b *Bundle) parseMap() {
	text := b.sourceMap
	b.sourceMap = nil
	if text == nil {
		return
	}
	var lines struct {
		Mappings string `json:"mappings"`
	}
	if json.Unmarshal(text, &lines) != nil {
		return
	}
	consumer, err := sourcemap.Parse("", text)
	if err != nil {
		return
	}
	b.consumer = consumer
	// The consumer answers for a line without mappings with the line before it.
	for line := range strings.SplitSeq(lines.Mappings, ";") {
		b.mapped = append(b.mapped, line != "")
	}
}

// added reports whether a line of Script is the bundler's own work.
func (b *Bundle) added(line int) bool {
	b.parse.Do(b.parseMap)
	return b.consumer != nil && line >= 1 && line <= 1+strings.Count(b.Script, "\n")
}
