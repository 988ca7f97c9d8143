package v8test

// With cgo, glibc.c is compiled: it lets V8 link on systems before glibc 2.38.

import "C"
