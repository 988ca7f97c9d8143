package identity

import (
	"testing"

	"github.com/asynkron/protoactor-go/actor"
	protocluster "github.com/asynkron/protoactor-go/cluster"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type owners map[string]string // identity to address

func (o owners) OwnerAddress(_, id string) (string, bool) { a, ok := o[id]; return a, ok }

func (o owners) Activate(kind, id string) (*actor.PID, bool) {
	return actor.NewPID("me", ActorID(kind, id)), id != "refused"
}

func TestGetAsksNobody(t *testing.T) {
	l := New(owners{"here": "me", "there": "other", "refused": "me"}, "me")
	get := func(id string) *actor.PID { return l.Get(protocluster.NewClusterIdentity(id, "k")) }
	require.Equal(t, actor.NewPID("me", "grain/k/here"), get("here"))
	require.Equal(t, actor.NewPID("other", "grain/k/there"), get("there"))
	require.Nil(t, get("nowhere"))
	require.Nil(t, get("refused"))
	l.Shutdown()
	l.Shutdown()
}

func FuzzParse(f *testing.F) {
	f.Add("kind", "an id/with % and space")
	f.Fuzz(func(t *testing.T, kind, id string) {
		k, i, ok := Parse(ActorID(kind, id))
		if !ok || k != kind || i != id {
			t.Fatalf("%q %q became %q %q %t", kind, id, k, i, ok)
		}
		_, _, _ = Parse(id) // must not panic
	})
}
