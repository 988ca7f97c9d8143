// Package pretty writes a log for a person who watches: what functions print as they printed
// it, behind the function's name, and the node's own records in a line each. It is a
// slog.Handler, safe for concurrent use.
package pretty
