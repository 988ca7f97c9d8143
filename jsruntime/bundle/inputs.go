package bundle

import (
	"cmp"
	"path/filepath"
	"slices"
	"sync"
)

// totalFactor times MaxSize is how much all files of a bundle may hold together.
const totalFactor = 8

// allFiles stands in a SizeError for no single file.
const allFiles = "all its files together"

// inputs notes and checks every file on its way into a bundle. It is safe for
// concurrent use, since esbuild loads files in parallel.
type inputs struct {
	opts Options

	mu    sync.Mutex
	seen  map[string]bool  // by absolute path; guarded by mu
	sizes map[string]int64 // bytes of the files seen, by absolute path; guarded by mu
	total int64            // their sum; guarded by mu
	large *SizeError       // the first that was too large; guarded by mu
}

func newInputs(opts Options) *inputs {
	return &inputs{opts: opts, seen: map[string]bool{}, sizes: map[string]int64{}}
}

// files returns the absolute paths of the files that were read, sorted.
func (in *inputs) files() []string {
	in.mu.Lock()
	defer in.mu.Unlock()
	files := make([]string, 0, len(in.seen))
	for file := range in.seen {
		files = append(files, file)
	}
	slices.Sort(files)
	return files
}

// tooLarge returns the first file that was too large as an error, or nil.
func (in *inputs) tooLarge() error {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.large == nil {
		return nil
	}
	if in.large.File == allFiles {
		in.large.Largest = in.largestLocked()
	}
	return in.large
}

// largest returns the largest files that were read, the largest first.
func (in *inputs) largest() []InputSize {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.largestLocked()
}

func (in *inputs) largestLocked() []InputSize {
	const most = 5
	all := make([]InputSize, 0, len(in.sizes))
	for path, size := range in.sizes {
		all = append(all, InputSize{File: in.relative(path), Size: size})
	}
	slices.SortFunc(all, func(a, b InputSize) int {
		return cmp.Or(cmp.Compare(b.Size, a.Size), cmp.Compare(a.File, b.File))
	})
	return all[:min(len(all), most)]
}

// note remembers a file that is read from disk.
func (in *inputs) note(path string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.seen[path] = true
}

// admit decides whether esbuild may parse a file, and says why not. contents may be
// nil where size alone is too large.
func (in *inputs) admit(path string, size int64, contents []byte) (refusal string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.total += size
	in.sizes[path] = size
	limit := int64(in.opts.MaxSize)
	var large *SizeError
	switch {
	case size > limit:
		large = &SizeError{Function: in.opts.Name, File: in.relative(path), Size: size, Max: limit}
	case in.total > totalFactor*limit:
		large = &SizeError{Function: in.opts.Name, File: allFiles, Size: in.total, Max: totalFactor * limit}
	default:
		if isText(path) {
			return ""
		}
		return tooComplex(contents)
	}
	if in.large == nil {
		in.large = large
	}
	return large.Error()
}

// relative names a file as messages do: below Dir, with forward slashes.
func (in *inputs) relative(path string) string {
	if rel, err := filepath.Rel(in.opts.Dir, path); err == nil {
		return filepath.ToSlash(rel)
	}
	return path
}
