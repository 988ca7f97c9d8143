// Package record is the raw data of an experiment: JSON lines, one for each repetition of
// each point, written as they come, so that what was measured is kept whatever happens
// then.
//
// The first line is a Header ("kind": "run"): what was asked, on which machine, with which
// versions, configuration and seed, and what each metric means. Each further one is a
// Measurement ("kind": "measurement"): a point with its parameters, the number and the
// seed of the repetition, what was seen around it (calibration, steal), and what came of
// it: metrics, series over an axis, cells of a table, or the error. A line that was cut
// off, as when the process was killed, is dropped when the file is read.
//
//	file, done, err := record.Open(path, header) // done: what an interrupted run left
//	err = file.Write(m)
//
// A File belongs to one goroutine; the rest is plain data.
package record
