package lease

import (
	"context"
	"sync"
)

// scripted is a Store whose calls a test can meddle with: before says what happens
// instead of call n (from 1) of one kind, or nil. It cannot be watched.
type scripted struct {
	memory *Memory
	mu     sync.Mutex
	calls  map[string]int
	before func(ctx context.Context, what string, n int, call func() error) error
}

func (s *scripted) do(ctx context.Context, what string, call func() error) error {
	s.mu.Lock()
	if s.calls == nil {
		s.calls = make(map[string]int)
	}
	s.calls[what]++
	n := s.calls[what]
	s.mu.Unlock()
	if s.before == nil {
		return call()
	}
	return s.before(ctx, what, n, call)
}

func (s *scripted) count(what string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[what]
}

func (s *scripted) Get(ctx context.Context, key string) (value []byte, revision uint64, err error) {
	err = s.do(ctx, "get", func() (err error) { value, revision, err = s.memory.Get(ctx, key); return err })
	return value, revision, err
}

func (s *scripted) Create(ctx context.Context, key string, value []byte) (revision uint64, err error) {
	err = s.do(ctx, "create", func() (err error) { revision, err = s.memory.Create(ctx, key, value); return err })
	return revision, err
}

func (s *scripted) Update(ctx context.Context, key string, value []byte, last uint64) (revision uint64, err error) {
	err = s.do(ctx, "update", func() (err error) { revision, err = s.memory.Update(ctx, key, value, last); return err })
	return revision, err
}

func (s *scripted) Delete(ctx context.Context, key string, last uint64) error {
	return s.do(ctx, "delete", func() error { return s.memory.Delete(ctx, key, last) })
}
