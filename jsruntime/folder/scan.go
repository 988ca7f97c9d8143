package folder

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
)

// Scan finds and builds the functions in dir. The limits that a manifest leaves out
// are taken from defaults.
//
// The second result holds what is wrong with single functions, by name; a name is in
// one of the two maps. The error is that of the folder as a whole, or wraps ctx's.
func Scan(ctx context.Context, dir string, defaults function.Limits) (map[string]*bundle.Function, map[string]error, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, nil, fmt.Errorf("folder: %w", err)
	}
	l, err := readLayout(dir)
	if err != nil {
		return nil, nil, err
	}
	built := loadAll(ctx, dir, l.places, defaults)
	if err := ctx.Err(); err != nil {
		return nil, nil, fmt.Errorf("folder: scan: %w", err)
	}
	functions, errs := map[string]*bundle.Function{}, l.errs
	for name, one := range built {
		if err := errors.Join(l.errs[name], one.err); err != nil {
			errs[name] = err
			continue
		}
		functions[name] = one.fn
	}
	return functions, errs, nil
}
