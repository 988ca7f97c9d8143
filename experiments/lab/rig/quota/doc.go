// Package quota holds processes to a part of a processor with Linux's control groups,
// version 1 or 2, and says whether they really were held.
//
//	group, err := quota.New("node-1", 0.4) // needs the right to make control groups
//	defer group.Remove()
//	... write a process id into group.Procs() ...
//	stat, err := group.Stat()
//
// A Group is safe for concurrent use.
package quota
