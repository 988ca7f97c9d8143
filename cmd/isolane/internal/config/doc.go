// Package config makes one node's configuration out of a file, the environment
// and the command line, in that order: what comes later wins.
//
//	loaded, err := config.Load(config.Sources{File: "isolane.yaml", Environ: os.Environ(), Flags: given})
//	loaded.Config.Runtimes.Count
//	loaded.Origins["runtimes.count"]    // "flag --runtimes"
//
// A key has one name everywhere: runtimes.maxInflight is that path in the file,
// ISOLANE_RUNTIMES_MAX_INFLIGHT in the environment; settings.go lists all keys
// with the flags that set them. Whatever is wrong is reported at once, in an
// *Error, each fault with the line, variable or flag it came from.
//
// The package reads one file and nothing else: the environment, the flags and the
// host's name are handed in. It is not for functions' manifests, which
// jsruntime/function reads. Values are plain data; nothing here locks.
package config
