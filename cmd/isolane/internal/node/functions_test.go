package node

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/actors"
	"github.com/isolane/isolane/cmd/isolane/internal/admin"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/folder"
)

// A function that the pool refuses is reported, keeps its version, and is taken when
// there is room. The pool is one that has a single place.
func TestRefusedFunctionIsReportedAndTakenLater(t *testing.T) {
	var log bytes.Buffer
	holder, served := "", map[string]string{}
	f := &functions{
		log: slog.New(slog.NewTextHandler(&log, nil)),
		deploy: func(o offer) error {
			fn := o.fn
			switch {
			case !fn.Manifest.Dedicated:
				if holder == fn.Name {
					holder = ""
				}
			case holder != "" && holder != fn.Name:
				return &actors.DedicatedError{Function: fn.Name, Limit: 1, Holders: []string{holder}}
			default:
				holder = fn.Name
			}
			served[fn.Name] = fn.Version
			return nil
		},
		remove: func(name string) bool {
			if holder == name {
				holder = ""
			}
			delete(served, name)
			return true
		},
		probe: func(context.Context, *bundle.Function) error { return nil },
	}
	change := func(name, version string, dedicated bool) {
		fn := &bundle.Function{Name: name, Version: version, Bundle: &bundle.Bundle{}}
		fn.Manifest.Dedicated = dedicated
		f.change(t.Context(), folder.Change{Name: name, Function: fn})
	}
	change("a", "a1", true)
	change("b", "b1", false)
	change("b", "b2", true)
	require.Equal(t, map[string]string{"a": "a1", "b": "b1"}, served, "the version before stays")
	want := (&actors.DedicatedError{Function: "b", Limit: 1, Holders: []string{"a"}}).Error()
	require.Equal(t, []admin.Broken{{Name: "b", Source: fromFolder, Version: "b2", Error: want}}, f.listing.brokenNow())
	require.Contains(t, log.String(), "level=ERROR")
	require.Contains(t, log.String(), "take dedicated: true out of its manifest")

	change("a", "a2", false)
	require.Equal(t, map[string]string{"a": "a2", "b": "b2"}, served, "there is room now")
	require.Empty(t, f.listing.brokenNow())

	change("c", "c1", true)
	f.change(t.Context(), folder.Change{Name: "b", Removed: true})
	require.Equal(t, map[string]string{"a": "a2", "c": "c1"}, served)

	change("d", "d1", true)
	f.change(t.Context(), folder.Change{Name: "d", Err: errors.New("does not build")})
	f.change(t.Context(), folder.Change{Name: "c", Removed: true})
	require.Equal(t, map[string]string{"a": "a2"}, served, "what is no longer in the folder is not deployed")
	f.change(t.Context(), folder.Change{Name: "d", Removed: true})
	require.Empty(t, f.listing.brokenNow())
}
