package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

func main() {
	check := flag.Bool("check", false, "write nothing, and fail where a file is stale")
	root := flag.String("root", "jsruntime/webapi", "the folder that has npm/ and js/vendor/")
	tests := flag.String("tests", "cmd/isolane/internal/functest", "the folder that has npm/ and library.js")
	flag.Parse()
	if err := errors.Join(run(*root, *check), runTests(*tests, *root, *check)); err != nil {
		fmt.Fprintln(os.Stderr, "webvendor:", err)
		os.Exit(1)
	}
}

// library is one file of js/vendor.
type library struct {
	name    string // of the file, and with Library behind it of the constant
	module  string
	license string
	// exports are what is taken of the module.
	exports []string
	// globals are the names that the module uses, and what stands in for each.
	globals [][2]string
}

var libraries = []library{
	{
		name: "streams", module: "web-streams-polyfill", license: "MIT",
		exports: []string{
			"ByteLengthQueuingStrategy", "CountQueuingStrategy", "ReadableByteStreamController", "ReadableStream",
			"ReadableStreamBYOBReader", "ReadableStreamBYOBRequest", "ReadableStreamDefaultController",
			"ReadableStreamDefaultReader", "TransformStream", "TransformStreamDefaultController", "WritableStream",
			"WritableStreamDefaultController", "WritableStreamDefaultWriter",
		},
		globals: [][2]string{
			{"Promise", "PromiseCtor"},
			{"Symbol", "SymbolCtor"},
			{"Object", "ObjectCtor"},
			{"Number", "NumberCtor"},
			{"Math", "MathObject"},
			{"Error", "ErrorCtor"},
			{"TypeError", "TypeErrorCtor"},
			{"RangeError", "RangeErrorCtor"},
			{"ArrayBuffer", "ArrayBufferCtor"},
			{"DataView", "DataViewCtor"},
			{"Uint8Array", "U8"},
			{"queueMicrotask", "timerFunctions.queueMicrotask"},
			{"structuredClone", "cloneFunctions.structuredClone"},
			{"AbortController", "aborting().AbortController"},
			{"DOMException", "domException().DOMException"},
			{"globalThis", "undefined"},
			{"self", "undefined"},
		},
	},
	{
		name: "urlpattern", module: "urlpattern-polyfill/urlpattern", license: "MIT",
		exports: []string{"URLPattern"},
		globals: [][2]string{
			{"Symbol", "SymbolCtor"},
			{"Object", "ObjectCtor"},
			{"RegExp", "RegExpCtor"},
			{"String", "StringCtor"},
			{"TypeError", "TypeErrorCtor"},
			{"URL", "urls().URL"},
			{"globalThis", "{ __proto__: null }"},
		},
	},
}

func run(root string, check bool) error {
	for _, l := range libraries {
		text, err := l.bundle(filepath.Join(root, "npm"))
		if err != nil {
			return fmt.Errorf("%s: %w", l.module, err)
		}
		file := filepath.Join(root, "js", "vendor", l.name+".js")
		if err := put(file, text, check); err != nil {
			return err
		}
	}
	return nil
}

// put writes a file, or with check compares it.
func put(file string, text []byte, check bool) error {
	if !check {
		return os.WriteFile(file, text, 0o644)
	}
	have, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if !bytes.Equal(have, text) {
		return fmt.Errorf("%s is stale: run make webvendor, and commit what it writes", file)
	}
	return nil
}

// bundle makes the file's text.
func (l library) bundle(npm string) ([]byte, error) {
	dir, err := filepath.Abs(npm)
	if err != nil {
		return nil, err
	}
	result := api.Build(api.BuildOptions{
		Stdin: &api.StdinOptions{
			Contents:   fmt.Sprintf("export { %s } from %q;", strings.Join(l.exports, ", "), l.module),
			ResolveDir: dir,
		},
		AbsWorkingDir: dir,
		Bundle:        true,
		Format:        api.FormatIIFE,
		GlobalName:    "library",
		Platform:      api.PlatformBrowser,
		Conditions:    []string{"import", "module"},
		Target:        api.ES2022,
		Charset:       api.CharsetASCII,
		LegalComments: api.LegalCommentsNone,

		MinifyWhitespace: true,
		MinifySyntax:     true,
	})
	if err := failure(result); err != nil {
		return nil, err
	}
	var parameters, arguments []string
	for _, g := range l.globals {
		parameters = append(parameters, g[0])
		arguments = append(arguments, g[1])
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "// %s, licence %s, bundled by tools/webvendor: do not edit.\n", l.module, l.license)
	fmt.Fprintf(&b, "const %sLibrary = (function (%s) {\n%sreturn library;\n})(%s);\n",
		l.name, strings.Join(parameters, ", "), result.OutputFiles[0].Contents, strings.Join(arguments, ", "))
	return b.Bytes(), nil
}

// failure is what esbuild has to say.
func failure(result api.BuildResult) error {
	var errs []error
	for _, m := range result.Errors {
		errs = append(errs, errors.New(m.Text))
	}
	return errors.Join(errs...)
}
