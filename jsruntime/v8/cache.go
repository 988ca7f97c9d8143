package v8

import "sync"

// codeCache holds V8's compiled code by the digest of its script. Code is dropped in
// the order of its making when the bound is reached. Safe for concurrent use.
type codeCache struct {
	mu    sync.Mutex
	max   int
	size  int
	order []string
	code  map[string][]byte
}

func newCodeCache(limit int) *codeCache {
	return &codeCache{max: limit, code: make(map[string][]byte)}
}

// get returns the code for key, or nil. The slice is read-only.
func (c *codeCache) get(key string) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.code[key]
}

func (c *codeCache) put(key string, code []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if old, ok := c.code[key]; ok {
		c.size += len(code) - len(old)
		c.code[key] = code
	} else {
		c.size += len(code)
		c.code[key] = code
		c.order = append(c.order, key)
	}
	for c.size > c.max && len(c.order) > 1 {
		oldest := c.order[0]
		c.order = c.order[1:]
		c.size -= len(c.code[oldest])
		delete(c.code, oldest)
	}
}
