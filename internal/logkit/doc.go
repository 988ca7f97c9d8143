// Package logkit keeps what tests make others log.
//
//	logs := new(logkit.Buffer)
//	conn, err := bridge.Connect(ctx, cfg, logs.Logger())
//	require.Contains(t, logs.String(), "connection to NATS lost")
//
// It imports nothing of ours, so that tests within any package can use it.
package logkit
