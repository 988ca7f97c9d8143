// Package span says what stands in the spans of an invocation, and in the headers that carry
// their context: the one vocabulary of the packages that make spans (bridge, actors, the web
// APIs, the way between members). Who makes spans is given a Tracer, or nil and then makes
// none.
//
//	                             kind        made by
//	process fn.hello             consumer    bridge: from receipt to reply
//	  queue hello                internal    actors: until a runtime took it
//	  run hello                  internal    actors: one attempt
//	    GET                      client      jsruntime/webapi: fetch
//	    publish a.b, request a.b producer..  jsruntime/webapi: ctx.nats
//	    get BUCKET               client      jsruntime/webapi: ctx.kv
//	  spill hello                client      cmd/isolane/internal/route: to a peer
//	    serve hello              server      the same, there; queue and run below it
//	  send dlq.orders            producer    bridge/stream: a dead letter
//
// The names of attributes are those of OpenTelemetry's semantic conventions (messaging.*,
// faas.*, http.*, db.*, server.*), and isolane.* for what these do not have.
//
// The packages know OpenTelemetry's API alone, which does nothing by itself; the SDK and the
// exporter are cmd's. Where a span's parent was not sampled none is begun here at all.
//
// All functions are safe for concurrent use.
package span
