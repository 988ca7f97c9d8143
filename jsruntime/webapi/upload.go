package webapi

import (
	"context"
	"errors"
	"io"
)

// upload is the body of a request that JavaScript writes in parts: a write waits until
// the request's connection has taken it.
type upload struct {
	read  *io.PipeReader
	write *io.PipeWriter
}

// errUploadOver ends the writes of a request that is over.
var errUploadOver = errors.New("the request is over")

// drop implements opened.
func (u *upload) drop() {
	_ = u.read.CloseWithError(errUploadOver)
	_ = u.write.CloseWithError(errUploadOver)
}

func openUpload(scope *Scope) (string, []byte, error) {
	u := &upload{}
	u.read, u.write = io.Pipe()
	id, err := scope.add(u)
	return id, nil, err
}

// takeUpload finds the body of a request.
func takeUpload(scope *Scope, id string) (*upload, error) { return opening[*upload](scope, id) }

func writeUpload(ctx context.Context, scope *Scope, id string, in []byte) error {
	u, err := opening[*upload](scope, id)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, u.drop)()
	if _, err := u.write.Write(in); err != nil {
		return &Error{Name: "TypeError", Message: "fetch: the request's body is not read to its end", Err: err}
	}
	return nil
}

// endUpload ends the body; why, where it is not empty, is what went wrong.
func endUpload(scope *Scope, id, why string) error {
	u, err := opening[*upload](scope, id)
	if err != nil {
		return nil //nolint:nilerr // the request is over already
	}
	scope.remove(id)
	if why != "" {
		_ = u.write.CloseWithError(errors.New(why))
		return nil
	}
	return u.write.Close()
}
