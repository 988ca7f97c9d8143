//go:build rogchap

package v8

import "C"

import (
	"errors"

	"github.com/isolane/isolane/jsruntime"
)

// native is nothing: the original binding's V8 is not reached into, so buffers have
// no limit here, and garbage is collected when V8 wants to.
type native struct{}

type owner struct{}

var nilOwner owner

func newIsolate(i *isolate, cfg jsruntime.IsolateConfig) (*bindIsolate, native) {
	iso := bindNewIsolate(uint64(cfg.Heap))
	i.iso = iso
	i.calls = newCalls(i)
	return iso, native{}
}

func (*native) dispose(iso *bindIsolate)                 { iso.Dispose() }
func (*native) look()                                    {}
func (*native) lowMemory()                               {}
func (*native) sync()                                    {}
func (*native) intl() uint64                             { return 0 }
func (*native) external() uint64                         { return 0 }
func (*native) buffers() (live, asked uint64, full bool) { return 0, 0, false }
func (*native) charge(owner)                             {}

func (*native) lost() (held uint64, lost bool) { return 0, false }

func forget(owner) {}

func (*native) newContext(*bindIsolate, contextKind) (*bindContext, error) {
	return nil, errors.ErrUnsupported
}

func (*native) offerFlow(*bindContext) {}

func (*native) newOwner() owner { return owner{} }
func ownerBytes(owner) uint64   { return 0 }
func freeOwner(owner)           {}

func (*native) profile(int) bool      { return false }
func (*native) sample()               {}
func (*native) endProfile(int) []byte { return nil }
