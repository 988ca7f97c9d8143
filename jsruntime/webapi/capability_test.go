package webapi_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/hostcap"
	"github.com/isolane/isolane/jsruntime/webapi"
)

// perform starts an operation and waits for its end.
func perform(t *testing.T, api *webapi.API, op, text string, in []byte) (string, []byte, error) {
	t.Helper()
	type result struct {
		text string
		out  []byte
		err  error
	}
	done := make(chan result, 1)
	api.Start(t.Context(), hostcap.Caller{Function: "f", Invocation: "i"}, nil, op, text, in, func(text string, out []byte, err error) {
		done <- result{text, out, err}
	})
	r := <-done
	return r.text, r.out, r.err
}

// TestCapabilitiesThatAreNotThere: a runtime that was given no host says so, whatever the
// manifest grants.
func TestCapabilitiesThatAreNotThere(t *testing.T) {
	api := webapi.New(webapi.Config{Permissions: function.Permissions{
		NATS: function.NATSPermissions{Publish: []string{">"}, Request: []string{">"}}, KV: []string{"carts"},
	}})
	for _, op := range []string{"nats.publish", "nats.request", "kv.get", "kv.put"} {
		_, _, err := perform(t, api, op, `{"subject":"a","bucket":"carts","key":"a"}`, nil)
		requireError(t, err, "UnavailableError", "is not there")
	}
	for _, op := range []string{"nats.max", "kv.max"} {
		_, _, err := api.Call(op, "", nil)
		requireError(t, err, "UnavailableError", "is not there")
	}
}

// TestClosedHost: where functions are loaded and not run, every operation is refused.
func TestClosedHost(t *testing.T) {
	api := webapi.New(webapi.Config{Messenger: hostcap.Closed{}, Buckets: hostcap.Closed{}, Permissions: function.Permissions{
		NATS: function.NATSPermissions{Publish: []string{">"}, Request: []string{">"}}, KV: []string{"carts"},
	}})
	for _, op := range []string{"nats.publish", "nats.request", "kv.get", "kv.put", "kv.create", "kv.update", "kv.delete", "kv.keys"} {
		for _, ack := range []string{"false", "true"} {
			_, _, err := perform(t, api, op, `{"subject":"a","bucket":"carts","key":"a","ack":`+ack+`}`, nil)
			requireError(t, err, "UnavailableError", "not run")
		}
	}
}

// TestCapabilityOperations: what JavaScript could not have asked for is an error.
func TestCapabilityOperations(t *testing.T) {
	host := newFakeHost()
	api := webapi.New(webapi.Config{Messenger: host, Buckets: host, Permissions: function.Permissions{
		NATS: function.NATSPermissions{Publish: []string{">"}}, KV: []string{"carts"},
	}})
	for _, op := range []string{"nats.publish", "kv.get"} {
		_, _, err := perform(t, api, op, "no json", nil)
		requireError(t, err, "TypeError", "cannot be read")
	}
	_, _, err := perform(t, api, "kv.nope", `{"bucket":"carts","key":"a"}`, nil)
	require.ErrorIs(t, err, webapi.ErrUnknownOp)
	_, _, err = perform(t, api, "nats.nope", `{"subject":"a"}`, nil)
	require.ErrorIs(t, err, webapi.ErrUnknownOp)
}

// TestRepliesAreBoundedTogether: what comes back for one function at the same time is
// bounded by its limit of buffers.
func TestRepliesAreBoundedTogether(t *testing.T) {
	host := newFakeHost()
	api := webapi.New(webapi.Config{Messenger: host, Limits: function.Limits{Buffers: 100}, Permissions: function.Permissions{
		NATS: function.NATSPermissions{Request: []string{"echo"}},
	}})
	const asked = `{"subject":"echo","headers":[["X","y"]]}`
	_, out, err := perform(t, api, "nats.request", asked, make([]byte, 10))
	require.NoError(t, err)
	require.Len(t, out, 10)
	_, _, err = perform(t, api, "nats.request", asked, make([]byte, 200))
	requireError(t, err, "TooLargeError", "buffers limit of 100")
	_, _, err = perform(t, api, "nats.request", asked, make([]byte, 10))
	require.NoError(t, err, "the room was given back")
}
