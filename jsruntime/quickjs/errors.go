package quickjs

import (
	"strings"

	lib "modernc.org/libquickjs"

	"github.com/isolane/isolane/jsruntime/function"
)

// exceptionError takes the exception that is pending and returns it as an error.
func (r *realm) exceptionError() error {
	e := lib.XJS_GetException(r.iso.tls, r.ctx)
	defer r.free(e)
	message, ok := r.read(e)
	if !ok {
		message = "an error that cannot be described"
	}
	script := &function.ScriptError{Message: message}
	if e.Ftag == lib.EJS_TAG_OBJECT {
		frames := strings.TrimRight(r.property(e, "stack"), "\n")
		if frames != "" {
			script.Stack = message + "\n" + frames
		}
		if file, line := r.property(e, "fileName"), r.property(e, "lineNumber"); file != "" && line != "" {
			script.Location = file + ":" + line + ":" + r.property(e, "columnNumber")
		}
	}
	return script
}
