package node

import (
	"cmp"
	"maps"
	"slices"
	"sync"

	"github.com/isolane/isolane/cmd/isolane/internal/admin"
)

// Where a function comes from, as it is told.
const (
	fromFolder = "folder"
	fromStore  = "nats"
)

// listing is what is told of the functions. Its zero value is empty; it is safe for
// concurrent use.
type listing struct {
	mu     sync.Mutex
	broken map[[2]string]admin.Broken // by name and source; guarded by mu
	served map[string]offer           // by name; guarded by mu
}

// broken says why a function is not served as it is; nil where err is.
func broken(o offer, version string, err error) *admin.Broken {
	if err == nil {
		return nil
	}
	return &admin.Broken{Source: o.source(), Version: version, Revision: o.revision, Error: err.Error()}
}

// setBroken notes what is wrong with a function; nil is nothing.
func (l *listing) setBroken(name, source string, b *admin.Broken) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken == nil {
		l.broken = map[[2]string]admin.Broken{}
	}
	delete(l.broken, [2]string{name, source})
	if b != nil {
		b.Name = name
		l.broken[[2]string{name, source}] = *b
	}
}

// setServed notes what is served of a function; nil is nothing.
func (l *listing) setServed(name string, o *offer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.served == nil {
		l.served = map[string]offer{}
	}
	delete(l.served, name)
	if o != nil {
		l.served[name] = *o
	}
}

// origin is where what is served of a function comes from, and the store's revision.
func (l *listing) origin(name string) (source string, revision uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	o := l.served[name]
	return o.source(), o.revision
}

// offered is what is served of a function.
func (l *listing) offered(name string) (offer, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	o, served := l.served[name]
	return o, served && o.fn != nil && o.fn.Bundle != nil
}

// source is a file of the bundle of what is served of a function.
func (l *listing) source(name, file string) (string, bool) {
	o, served := l.offered(name)
	if !served {
		return "", false
	}
	return o.fn.Bundle.Source(file)
}

// brokenNow lists what cannot be served as it is, sorted by name.
func (l *listing) brokenNow() []admin.Broken {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := slices.AppendSeq(make([]admin.Broken, 0, len(l.broken)), maps.Values(l.broken))
	slices.SortFunc(list, func(a, b admin.Broken) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Source, b.Source))
	})
	return list
}
