package stream

import "sync"

// maxMarks bounds of how many keys a sequencer knows what others have made of them: twice that
// are kept at most.
const maxMarks = 50_000

// marks are the revisions that the records of keys have at least, as the turns of late were
// answered, so that a member which had a key before somebody else had it does not run it with
// what it remembers. What is forgotten costs a run that cannot commit, and is run again. The
// nil value keeps nothing. Safe for concurrent use.
type marks struct {
	most int

	mu       sync.Mutex
	now, old map[string]uint64 // guarded by mu
}

func newMarks(most int) *marks { return &marks{most: most, now: map[string]uint64{}} }

// set notes that key has revision; 0 says nothing.
func (m *marks) set(key string, revision uint64) {
	if m == nil || revision == 0 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.now) >= m.most {
		m.now, m.old = map[string]uint64{}, m.now
	}
	m.now[key] = max(revision, m.now[key], m.old[key])
}

// get is the least revision that key can have; 0 is not known.
func (m *marks) get(key string) uint64 {
	if m == nil {
		return 0
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if revision, ok := m.now[key]; ok {
		return revision
	}
	return m.old[key]
}
