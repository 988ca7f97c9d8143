package chaos

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/cluster/gossip"
	"github.com/isolane/isolane/cluster/placement"
	"github.com/isolane/isolane/internal/authority"
)

const (
	// soloKind is the kind of grain that dedicated functions are (package route).
	soloKind = "dedicated"
	// label is the cluster's name, by default.
	label = "isolane"
	// otherWire is a version of the wire that no member speaks.
	otherWire = 9
	// elsewhere keeps a stranger from getting calls by NATS, which knows no members.
	elsewhere = "ISOLANE_NATS_PREFIX=elsewhere"
)

// secrets are what members are told by.
type secrets struct {
	ours, theirs *authority.Authority
	hosts        []string
	key          []byte
}

// prepareSecrets gives the members a key of the gossip, and certificates.
func prepareSecrets(_ context.Context, w *world) (err error) {
	s := &secrets{key: newKey()}
	w.secrets = s
	if s.ours, err = authority.New(w.dir, "ours"); err != nil {
		return err
	}
	if s.theirs, err = authority.New(w.dir, "theirs"); err != nil {
		return err
	}
	s.hosts = []string{w.cfg.Ground.Hub()}
	for _, m := range w.members {
		if host := hostOf(m.spot.Remote); !slices.Contains(s.hosts, host) {
			s.hosts = append(s.hosts, host)
		}
	}
	tls, err := certified(s.ours, "member", s.hosts)
	if err != nil {
		return err
	}
	w.env = append(w.env, "ISOLANE_CLUSTER_KEYS="+base64.StdEncoding.EncodeToString(s.key))
	w.env = append(w.env, tls...)
	return nil
}

func newKey() []byte {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	return key
}

// certified is the environment of a member with a certificate of a's.
func certified(a *authority.Authority, name string, hosts []string) ([]string, error) {
	cert, key, err := a.Issue(name, hosts...)
	return []string{"ISOLANE_CLUSTER_TLS_CA=" + a.CA, "ISOLANE_CLUSTER_TLS_CERT=" + cert, "ISOLANE_CLUSTER_TLS_KEY=" + key}, err
}

// actStrangers has three come that do not belong: one with another key, one with the key
// and another wire, one with the key and a certificate of another authority. Each is named
// so that the dedicated function would be its own.
func actStrangers(ctx context.Context, w *world) error {
	w.begins("come a member with another key, one with another wire, one with another certificate")
	keyless, err := w.startStranger(ctx, "ISOLANE_CLUSTER_KEYS="+base64.StdEncoding.EncodeToString(newKey()))
	if err != nil {
		return err
	}
	if err := w.endure(ctx, keyless); err != nil {
		return err
	}
	if states, err := w.view(ctx, keyless.name); err == nil && len(states) != 1 {
		w.broke(strangersStay, "who has another key sees %v", states)
	}
	// It goes before anything moves: on the same NATS server it is a cluster of its own,
	// and would take a lease that is given back (docs/chaos.md).
	if err := w.kill(ctx, keyless); err != nil {
		return err
	}
	wire, err := w.startOtherWire(ctx, keyless.name)
	if err != nil {
		return err
	}
	tls, err := certified(w.secrets.theirs, "forged", w.secrets.hosts)
	if err != nil {
		return err
	}
	forged, err := w.startStranger(ctx, tls...)
	if err != nil {
		return err
	}
	err = until(ctx, func(ctx context.Context) error { return w.agreed(ctx, wire.name, forged.name) })
	if err != nil {
		w.broke(strangersStay, "who has the key is not seen, or who has not is: %s", err)
	}
	if err := w.endure(ctx, forged); err != nil {
		return err
	}
	if n := wire.called.Load(); n > 0 {
		w.broke(strangersStay, "%d connections were made to a member that speaks another wire", n)
	}
	wire.end()
	over := time.Now()
	if err := w.kill(ctx, forged); err != nil {
		return err
	}
	return w.recovered(ctx, over)
}

// endure has a stranger be there for a while: the dedicated function must answer as if it
// were not, and it must run nothing.
func (w *world) endure(ctx context.Context, stranger *member) error {
	began := time.Now()
	if err := until(ctx, w.soloAnswers); err != nil {
		w.broke(strangersStay, "the dedicated function does not answer: %s", err)
	}
	w.notes = append(w.notes, fmt.Sprintf("the dedicated function answers %s after %s came", time.Since(began).Round(100*time.Millisecond), stranger.name))
	before := len(w.ledger.all())
	failed := 0
	for ends := time.Now().Add(w.calm()); time.Now().Before(ends); {
		if err := w.soloAnswers(ctx); err != nil {
			failed++
		}
		if err := bridge.Pause(ctx, 2*pollEvery); err != nil {
			return err
		}
	}
	if failed > 0 {
		w.broke(strangersStay, "%d calls to the dedicated function failed while strangers were there", failed)
	}
	for _, r := range w.ledger.all()[before:] {
		if r.Node == stranger.name {
			w.broke(strangersStay, "%s ran on %s, which does not belong", r.ID, r.Node)
		}
	}
	return nil
}

// startStranger starts a real node with another environment, named to own solo.
func (w *world) startStranger(ctx context.Context, env ...string) (*member, error) {
	spot, err := w.cfg.Ground.Spot(ctx, len(w.members))
	if err != nil {
		return nil, err
	}
	m := &member{name: w.owning("x"), spot: spot, env: append(env, elsewhere), stranger: true}
	w.members = append(w.members, m)
	if err := w.startMember(ctx, m); err != nil {
		return nil, err
	}
	return m, w.awaitReady(ctx, m)
}

// owning returns a name that solo would belong to, beside the members.
func (w *world) owning(prefix string) string {
	var all []placement.Member
	for _, m := range w.members {
		all = append(all, placement.Member{Name: m.name, Weight: 1})
	}
	for i := 0; ; i++ {
		name := prefix + strconv.Itoa(len(w.members)) + "-" + strconv.Itoa(i)
		if owner, ok := placement.Owner(soloKind, solo, append(all, placement.Member{Name: name, Weight: 1})); ok && owner == name {
			return name
		}
	}
}

// wired is a member that speaks another wire: the product's gossip, and a port that counts
// who calls.
type wired struct {
	name   string
	called atomic.Int64
	end    func()
}

func (w *world) startOtherWire(ctx context.Context, after string) (*wired, error) {
	o := &wired{name: w.owning("wire-" + after + "-")}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(w.cfg.Ground.Hub(), "0"))
	if err != nil {
		return nil, err
	}
	accepted := make(chan struct{})
	go func() {
		defer close(accepted)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			o.called.Add(1)
			_ = conn.Close()
		}
	}()
	cfg := gossip.DefaultConfig()
	cfg.Name, cfg.Listen, cfg.Label, cfg.Keys = o.name, net.JoinHostPort(w.cfg.Ground.Hub(), "0"), label, [][]byte{w.secrets.key}
	cfg.Seeds = strings.Split(w.seeds(nil), ",")
	g, err := gossip.Start(ctx, cfg, gossip.Info{
		SystemID: "of-another-wire", Remote: listener.Addr().String(), Kinds: []string{soloKind}, Wire: otherWire, Weight: 1, Version: "another",
		Draining: true, // no part of the runtimes: nobody would make them
	}, gossip.Deps{})
	if err != nil {
		_ = listener.Close()
		<-accepted
		return nil, err
	}
	g.SetLoad(gossip.Load{Runtimes: 8, Room: 1000})
	o.end = func() {
		leaving, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = g.Leave(leaving) // whether it says farewell or not
		_ = g.Close()
		_ = listener.Close()
		<-accepted
	}
	w.closers = append(w.closers, o.end)
	return o, nil
}
