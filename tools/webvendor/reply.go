package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// replyModule is what the tests' module imports to make a reply of what a function returned, as
// the runtime does.
const replyModule = "isolane:reply"

// replyNames stand in for what the runtime's scripts have around them, in a test's context.
const replyNames = `
import { isResponse, responseParts } from "./response.js";
const TypeErrorCtor = TypeError, jsonStringify = JSON.stringify, objectKeys = Object.keys, isArray = Array.isArray;
const { getOwnPropertyDescriptor } = Object;
const newList = () => [];
const web = () => ({ isResponse, responseParts, bigintPath });
function bytesOf(value) {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return ArrayBuffer.isView(value) ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : undefined;
}
export { replyParts };
`

// runtimeReply has the tests' module take the runtime's own scripts, in the folder root, for
// replies: what a test is told of one that cannot be is what a caller is told.
func runtimeReply(root string) api.Plugin {
	return api.Plugin{Name: "runtime-reply", Setup: func(build api.PluginBuild) {
		build.OnResolve(api.OnResolveOptions{Filter: "^" + replyModule + "$"}, func(args api.OnResolveArgs) (api.OnResolveResult, error) {
			return api.OnResolveResult{Path: args.Path, Namespace: "runtime-reply"}, nil
		})
		build.OnLoad(api.OnLoadOptions{Filter: ".*", Namespace: "runtime-reply"}, func(api.OnLoadArgs) (api.OnLoadResult, error) {
			parts, err := os.ReadFile(filepath.Join(root, "js/30_reply.js"))
			if err != nil {
				return api.OnLoadResult{}, err
			}
			more, err := os.ReadFile(filepath.Join(root, "js/web/62_reply.js"))
			if err != nil {
				return api.OnLoadResult{}, err
			}
			_, bigint, found := strings.Cut(string(more), "\nfunction bigintPath(")
			if !found {
				return api.OnLoadResult{}, errors.New("62_reply.js has no bigintPath")
			}
			text := replyNames + string(parts) + "function bigintPath(" + bigint
			dir, err := filepath.Abs(build.InitialOptions.AbsWorkingDir)
			return api.OnLoadResult{Contents: &text, ResolveDir: dir}, err
		})
	}}
}
