// Jscost measures what the JavaScript runtime costs over a long time, and in memory.
// It drives jsruntime.Runtime as an actor would, without NATS and without a pool.
//
//	go run ./tools/jscost soak-crashes    10,000 crashes in one process: does anything stay?
//	go run ./tools/jscost soak-isolates   10,000 isolates made and retired, and the binding's
//	go run ./tools/jscost soak-contexts   20,000 contexts of one isolate, and the binding's
//	go run ./tools/jscost functions       memory of a thousand warm functions
//	go run ./tools/jscost waits           memory of 10,000 invocations that wait for IO
//
// Each prints Markdown tables, and exits with 1 if a verdict is bad. -h lists a
// command's flags. What must not share memory runs in processes of its own: the same
// program with internal flags. Linux alone, since it reads /proc.
package main
