// Package page is the page of a node: the cluster, functions, NATS, reports, live.
//
//	p := page.New(page.Sources{...})
//	p.Routes(server.Handle)
//	defer p.Close()
//
// Pages are HTML made by templ, which escapes every value; htmx, in the binary, puts in
// place what comes as server-sent events. No page has scripts or styles in itself, so the
// server's policy (package web) allows none. GET changes nothing; the one POST calls a
// function. Who may see it is package web's matter.
//
// History is what a node keeps of its functions: durations of the last ten minutes and the last
// failures, of a thousand functions at most. A Keeper looks every ten seconds, by a goroutine
// that its Close ends. Each node tells of its own (Tell); a page shows what all told (Together).
//
// Views are *.templ; "make templ" makes their Go. A Page is safe for concurrent use.
package page
