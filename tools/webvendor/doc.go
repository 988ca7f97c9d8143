// Command webvendor bundles the libraries of jsruntime/webapi/npm into
// jsruntime/webapi/js/vendor, each as one constant of a part of the web APIs; `make
// webvendor` installs them first. It is for the people who change the versions: what it
// writes is checked in, and `webvendor -check` fails where that is stale.
//
// It also bundles the libraries of cmd/isolane/internal/functest/npm, as the module that tests
// of functions import, with the licences of all that goes into it. That module makes replies with
// the runtime's own scripts of jsruntime/webapi/js, which it imports as isolane:reply.
//
// A library runs in a context where a function may have changed every global already. So
// each is wrapped in a function whose parameters stand in for the globals that it uses,
// and which is called with what the host captured.
package main
