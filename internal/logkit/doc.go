// Package logkit keeps what tests make others log.
//
//	logs := new(logkit.Buffer)
//	conn, err := bridge.Connect(ctx, cfg, logs.Logger())
//	logs.Await(t, "connection to NATS lost")
//
// It imports nothing of ours, so that tests within any package can use it.
package logkit
