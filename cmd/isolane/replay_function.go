package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/isolane/isolane/bridge/funcstore"
	"github.com/isolane/isolane/cmd/isolane/internal/release"
	"github.com/isolane/isolane/jsruntime/bundle"
	jsfolder "github.com/isolane/isolane/jsruntime/folder"
	"github.com/isolane/isolane/jsruntime/function"
)

// replayFolder is where a function is looked for where nothing else is said.
const replayFolder = "functions"

// load has the function of that name: what --functions has, or this version, as it is deployed
// or in the folder here. Where no version is known, it is the one that is called now.
func (f replayFlags) load(ctx context.Context, conn *nats.Conn, js jetstream.JetStream, name, version string) (*bundle.Function, error) {
	if f.functions != "" {
		fn, err := fromFolder(ctx, f.functions, name)
		if err != nil {
			return nil, &usageError{err: fmt.Errorf("--functions: %w", err)}
		}
		return fn, nil
	}
	if name == "" {
		return nil, &usageError{err: errors.New("nothing is recorded of the message: say which function is to run it, with --function or --functions")}
	}
	fn, kept, err := f.deployed(ctx, conn, js, name, version)
	if fn != nil || err != nil {
		return fn, err
	}
	fn, err = fromFolder(ctx, replayFolder, name)
	switch {
	case err == nil && (version == "" || fn.Version == version):
		return fn, nil
	case err == nil:
		kept = append(kept, fn.Version+" (in the folder "+replayFolder+" here)")
	case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, errNoFunction):
		return nil, err
	}
	there := "nothing of it is deployed, or in a folder " + replayFolder + " here"
	if len(kept) > 0 {
		there = "there are " + strings.Join(kept, ", ")
	}
	if version == "" {
		return nil, &usageError{err: fmt.Errorf("there is no function %s: %s: say where it is with --functions PATH", name, there)}
	}
	return nil, &usageError{err: fmt.Errorf("the version %s of %s, which ran the message, is gone: %s: give its source with --functions PATH; another version is run as well, and "+
		"it is said where it goes another way", version, name, there)}
}

// deployed is the function as it is deployed; nil where that version is not, and then kept are
// those that are. It makes no store where there is none.
func (f replayFlags) deployed(ctx context.Context, conn *nats.Conn, js jetstream.JetStream, name, version string) (fn *bundle.Function, kept []string, err error) {
	if _, err := js.KeyValue(ctx, f.bucket); errors.Is(err, jetstream.ErrBucketNotFound) {
		return nil, nil, nil
	} else if err != nil {
		return nil, nil, fmt.Errorf("open the bucket %s: %w", f.bucket, err)
	}
	store, err := funcstore.Open(ctx, conn, funcstore.Config{Bucket: f.bucket, Replicas: 1})
	if err != nil {
		return nil, nil, err
	}
	record, err := store.Get(ctx, name)
	if err != nil {
		return nil, nil, err
	}
	if version == "" {
		version = record.Current
	}
	for _, v := range record.Versions {
		if v.Version == version {
			fn, err := release.Load(ctx, store, name, v, function.DefaultLimits())
			return fn, nil, err
		}
		kept = append(kept, v.Version)
	}
	return nil, kept, nil
}

// errNoFunction says that a folder has others.
var errNoFunction = errors.New("no such function")

// fromFolder builds the function of that name, or the only one where that is "".
func fromFolder(ctx context.Context, path, name string) (*bundle.Function, error) {
	found, err := jsfolder.Find(path)
	if err != nil {
		return nil, err
	}
	if name == "" && len(found) == 1 {
		name = found[0].Name
	}
	i := slices.IndexFunc(found, func(one jsfolder.Found) bool { return one.Name == name })
	if i < 0 {
		return nil, fmt.Errorf("%w in %s: %q: say which with --function", errNoFunction, path, name)
	}
	p, err := release.Prepare(ctx, found[i], name, nil)
	if err != nil {
		return nil, err
	}
	return p.Function, nil
}
