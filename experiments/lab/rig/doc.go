// Package rig starts what experiments measure, as real processes: the NATS server, nodes
// of Isolane, the load generator, and parts of the laboratory's own. Each is accounted for
// separately, and may be pinned to processors or held to a quota.
//
//	r := rig.New(rig.Config{Isolane: []string{"isolane"}, Folder: dir})
//	defer r.Close()
//	server, err := r.NATS(ctx, rig.NATSConfig{JetStream: true})
//	node, err := r.Node(ctx, rig.NodeConfig{Functions: functions, NATS: server.URL})
//	meter := r.Meter(server.Process, node)
//	result, err := r.Load(ctx, rig.LoadConfig{NATS: server.URL, Load: cfg})
//	used, err := meter.Stop()
//
// A Rig belongs to one goroutine; a Process may be asked from any. What it started ends
// with it, in the reverse order, whatever happens.
package rig
