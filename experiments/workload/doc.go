// Package workload is the load of the laboratory: five functions that compute and five
// that fetch a page, from a server of the laboratory's own that takes 0 to 100 ms. It is
// plain JavaScript modules that any server of functions can import: each exports one
// function by default, takes a message with json(), and returns what is its reply as JSON.
//
//	err := workload.Write(folder)                 // a folder for isolane run
//	origin := httptest.NewServer(workload.Pages()) // the pages
//	for _, f := range workload.Functions() {
//		reply := call(f.Name, f.Payload(origin.URL))
//		err := f.Check(reply)                  // computed again in Go
//	}
//
// Everything is safe for concurrent use. Nothing here sends a message.
package workload
