// Package fleet says what the answers of all nodes say together: which functions the cluster
// serves, how often they were called, and how long that took.
//
//	reports, err := admin.Ask[admin.Report](ctx, conn, admin.Functions, "", nil)
//	for _, fn := range fleet.Functions(reports) { ... }
//
// It is pure: no IO, no clock.
package fleet
