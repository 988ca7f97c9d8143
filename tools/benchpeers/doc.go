// Benchpeers measures what it costs to serve functions over NATS, of Isolane and of its
// peers in one run: a plain Go responder, Node, Deno and workerd, each keeping its
// functions or isolating every call. The NATS server, the server of the pages that
// functions fetch, the client and each peer are processes of their own.
//
//	benchpeers -isolane ./isolane -js .bench/peers -json .bench/peers.json
//
// The functions are those of experiments/workload, the same files for all that run
// JavaScript. In each round every peer takes the load, in an order that changes from
// round to round; the first round warms up. What is compared is the processor time of the
// serving process for 1,000 calls, in all its threads and children, the kernel's part
// included; a target is judged by the rounds' ratios, so what else the machine does
// spoils rounds and not the figure. Every reply is checked.
//
// The folder of -js holds the files of tools/benchpeers/js and their node_modules; what
// is not installed has a row that says so. Linux only. With -overload it sends twice what
// a computing function can serve instead, and says how soon refusals come.
package main
