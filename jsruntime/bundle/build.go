package bundle

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/evanw/esbuild/pkg/api"
)

// Build bundles a function. It reads files, but writes none.
//
// It blocks until esbuild is done, or has noticed that ctx is; then the error wraps
// ctx's. What is wrong with the function itself is a *BuildError or a *SizeError;
// everything else (a missing entry, say) is an error of the system, wrapped.
func Build(ctx context.Context, opts Options) (*Bundle, error) {
	opts, err := opts.resolved()
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("bundle: function %s: %w", opts.Name, err)
	}
	input := newInputs(opts)
	result, err := run(ctx, esbuildOptions(opts, input))
	switch {
	case err != nil:
		return nil, fmt.Errorf("bundle: function %s: %w", opts.Name, err)
	case input.tooLarge() != nil:
		return nil, input.tooLarge()
	case len(result.Errors) > 0:
		return nil, &BuildError{Function: opts.Name, Problems: problems(opts, result.Errors), Inputs: input.files()}
	}
	b := &Bundle{Entry: entryName(opts), Origin: Origin(opts.Name), Inputs: input.files()}
	for _, file := range result.OutputFiles {
		switch filepath.Ext(file.Path) {
		case ".map":
			b.sourceMap = file.Contents
		case ".js":
			b.Script = string(file.Contents)
		}
	}
	if len(b.Script) > opts.MaxSize {
		return nil, &SizeError{Function: opts.Name, Size: int64(len(b.Script)), Max: int64(opts.MaxSize), Largest: input.largest()}
	}
	meta, err := parseMetafile(result.Metafile)
	switch {
	case err != nil:
		return nil, fmt.Errorf("bundle: function %s: %w", opts.Name, err)
	case !meta.entryExports():
		none := Problem{Message: noDefault, File: entryName(opts)}
		return nil, &BuildError{Function: opts.Name, Problems: []Problem{none}, Inputs: b.Inputs}
	case meta.allModules():
		b.Script = strings.Replace(b.Script, opening, openingStrict, 1)
	}
	if problem, bad := b.unprintable(); bad {
		return nil, &BuildError{Function: opts.Name, Problems: []Problem{problem}, Inputs: b.Inputs}
	}
	for _, p := range problems(opts, result.Warnings) {
		b.Warnings = append(b.Warnings, p.String())
	}
	sum := sha256.Sum256([]byte(b.Script))
	b.Digest = hex.EncodeToString(sum[:])
	return b, nil
}

// run lets esbuild build once, and gives up when ctx is done.
func run(ctx context.Context, options api.BuildOptions) (api.BuildResult, error) {
	build, err := api.Context(options)
	if err != nil {
		var messages *api.ContextError
		if errors.As(err, &messages) && len(messages.Errors) > 0 {
			return api.BuildResult{}, errors.New(messages.Errors[0].Text)
		}
		return api.BuildResult{}, err
	}
	defer build.Dispose()

	canceled := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(canceled)
		build.Cancel()
	})
	result := build.Rebuild()
	if !stop() {
		<-canceled
		return api.BuildResult{}, ctx.Err()
	}
	return result, nil
}

// unprintable finds what a script must not hold. esbuild escapes control characters
// in strings, but leaves regular expressions and licence comments as they are.
func (b *Bundle) unprintable() (Problem, bool) {
	at, what := strings.IndexByte(b.Script, 0), "a NUL character: write it as an escape, \\x00"
	if !utf8.ValidString(b.Script) {
		at, what = strings.IndexFunc(b.Script, func(r rune) bool { return r == utf8.RuneError }), "bytes that are not UTF-8: save the file as UTF-8"
	}
	if at < 0 {
		return Problem{}, false
	}
	line := 1 + strings.Count(b.Script[:at], "\n")
	column := 1 + utf16Len(b.Script[strings.LastIndexByte(b.Script[:at], '\n')+1:at])
	p := Problem{Message: what}
	if file, l, c, ok := b.Position(line, column); ok {
		p.File, p.Line, p.Column = file, l, c
	}
	return p, true
}

// utf16Len is the length of s in UTF-16, in which JavaScript counts columns.
func utf16Len(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xffff {
			n++
		}
	}
	return n
}
